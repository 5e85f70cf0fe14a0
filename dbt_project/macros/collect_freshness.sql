{# dbt takes a table without rows for infinitely late, an error. Nothing has come yet: said in words, and passed. #}
{% macro trino__collect_freshness(source, loaded_at_field, filter) -%}
    {%- call statement("collect_freshness", fetch_result=True, auto_begin=False) -%}
        select
            max({{ loaded_at_field }}) as max_loaded_at,
            current_timestamp as snapshotted_at
        from {{ source }}
        {% if filter %}where {{ filter }}{% endif %}
    {%- endcall -%}
    {%- set result = load_result("collect_freshness") -%}
    {%- if result.table.rows[0][0] is none -%}
        {%- do log(source ~ " has no rows yet: nothing there can be late.", info=true) -%}
        {%- call statement("collect_freshness", fetch_result=True, auto_begin=False) -%}
            select
                current_timestamp as max_loaded_at,
                current_timestamp as snapshotted_at
        {%- endcall -%}
        {%- set result = load_result("collect_freshness") -%}
    {%- endif -%}
    {{ return(result) }}
{%- endmacro %}
