{# What a mart is: an incremental model with the strategy `merge_changes`. Its keys are the config's `unique_key`; its
   columns, and which of them may be null, are in its YAML; `config.meta` there says when a row goes (`goes_when`) and
   what more its audit looks at (`audit`: a list of `expression`, which must hold, and `because`). CONTRIBUTING.md shows
   a whole one. #}
{% macro marts() -%}
    {%- set found = [] -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.resource_type == "model" and node.config.incremental_strategy == "merge_changes" -%}
            {%- do found.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{# Every mart says in each row from what it was made. #}
{% macro origin_columns() -%}
    {{ return(["source_generation", "source_version", "processed_ts"]) }}
{%- endmacro %}


{% macro mart_keys(node) -%}
    {%- set keys = node.config.unique_key -%}
    {{ return([keys] if keys is string else keys | list) }}
{%- endmacro %}


{# The columns that say something: neither key nor origin. #}
{% macro mart_numbers(node) -%}
    {%- set others = mart_keys(node) + origin_columns() -%}
    {{ return(node.columns.values() | map(attribute="name") | reject("in", others) | list) }}
{%- endmacro %}


{# Without it no row ever goes. #}
{% macro goes_when(node) -%}
    {{ return(node.config.meta.get("goes_when", "false")) }}
{%- endmacro %}


{# `expression` with the mart's own columns led by `alias`: they may stand in both tables of a MERGE. #}
{% macro led_by(expression, node, alias) -%}
    {%- set led = namespace(text=expression) -%}
    {%- for name in node.columns -%}
        {%- set led.text = modules.re.sub("(?<![\\w.'])" ~ name ~ "(?![\\w'])", alias ~ "." ~ name, led.text) -%}
    {%- endfor -%}
    {{ return(led.text) }}
{%- endmacro %}


{% macro same_key(node, left, right) -%}
    {%- set pairs = [] -%}
    {%- for key in mart_keys(node) -%}{%- do pairs.append(left ~ "." ~ key ~ " = " ~ right ~ "." ~ key) -%}{%- endfor -%}
    {{ return(pairs | join(" and ")) }}
{%- endmacro %}
