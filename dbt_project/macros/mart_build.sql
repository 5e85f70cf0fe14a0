{# What a build of a mart reads: everything at one version of its source, from the mart that stands now.

   mode            'nothing' (no news, or no source yet), 'changes' or 'everything'
   source, target  the table it is made of, and the mart itself
   generation      of the source
   version         of the source, the one that is read; none when it is not there
   since           the changes after this version are read
   target_version  the version of the mart that the change set starts from

   The order of the queries matters: the mart's version first. A build that commits after it makes this one start over;
   one that committed before it cannot have read a later version than ours. #}
{% macro mart_build(source_table) -%}
    {%- set build = empty_build(source_table, this) -%}
    {%- if not execute -%}{{ return(build) }}{%- endif -%}
    {%- if load_relation(this) is none or load_relation(source_table) is none -%}
        {%- do log(source_table ~ " is not there yet: nothing to build from.", info=flags.WHICH in ("build", "run")) -%}
        {{ return(build) }}
    {%- endif -%}
    {%- do build.update(target_version=latest_version(this)) -%}
    {%- do build.update(generation=generation_of(source_table)) -%}
    {%- do build.update(version=latest_version(source_table)) -%}
    {%- do build.update(extent_of_build(source_table, build)) -%}
    {{ return(build) }}
{%- endmacro %}


{# For a test: the mart once more, whole, from the version of its source that it was last built from. #}
{% macro recomputation(source_table, mart, version, generation) -%}
    {%- set build = empty_build(source_table, mart) -%}
    {%- do build.update({"mode": "everything", "version": version, "generation": generation}) -%}
    {{ return(build) }}
{%- endmacro %}


{% macro empty_build(source_table, mart) -%}
    {{ return({
        "mode": "nothing",
        "source": {
            "database": source_table.database, "schema": source_table.schema, "identifier": source_table.identifier
        },
        "target": mart | string,
        "generation": "none",
        "version": none,
        "since": none,
        "target_version": none,
    }) }}
{%- endmacro %}


{% macro latest_version(relation) -%}
    {{ return(run_query("select max(version) from " ~ hidden_table(relation, "history")).rows[0][0] | int) }}
{%- endmacro %}


{% macro generation_sql(source_table) -%}
    coalesce((
        select max(value) from {{ hidden_table(source_table, "properties") }} where key = 'ecom.generation'
    ), 'none')
{%- endmacro %}


{% macro generation_of(source_table) -%}
    {{ return(run_query("select " ~ generation_sql(source_table)).rows[0][0]) }}
{%- endmacro %}


{# mode and since. #}
{% macro extent_of_build(source_table, build) -%}
    {%- set built -%}
        select
            count(*),
            count_if(source_generation <> '{{ build["generation"] }}'),
            max(source_version)
        from {{ this }}
    {%- endset -%}
    {%- set rows, foreign, since = run_query(built).rows[0].values() -%}
    {%- if var("full_recompute") or not rows or foreign or since > build["version"] -%}
        {{ return({"mode": "everything"}) }}
    {%- endif -%}
    {%- if since == build["version"] -%}
        {{ return({"mode": "nothing", "since": since | int}) }}
    {%- endif -%}
    {%- if flags.WHICH in ("build", "run") and not can_read_changes(source_table, build["version"], since | int) -%}
        {{ return({"mode": "everything"}) }}
    {%- endif -%}
    {{ return({"mode": "changes", "since": since | int}) }}
{%- endmacro %}


{# VACUUM takes the feed's files while the history still lists the versions: only reading tells. Opening each file
   is enough, and cheap. #}
{% macro can_read_changes(source_table, version, since) -%}
    {%- set probe -%}
        select count(*) from {{ table_changes(source_table, since) }} where _commit_version <= {{ version }}
    {%- endset -%}
    {%- set outcome = try_query(probe) -%}
    {%- if outcome["error"] -%}
        {%- do log(
            "The changes of " ~ source_table ~ " after version " ~ since
            ~ " cannot be read: every row is computed again.",
            info=true
        ) -%}
    {%- endif -%}
    {{ return(outcome["error"] is none) }}
{%- endmacro %}


{# The one place that names the change feed: dbt unit tests cannot mock it. #}
{% macro table_changes(relation, since) -%}
    table({{ relation.database }}.system.table_changes(
        schema_name => '{{ relation.schema }}',
        table_name => '{{ relation.identifier }}',
        since_version => {{ since }}
    ))
{%- endmacro %}


{# The keys that a build computes again, of every row before and after each change. `keys`: name to the expression over
   the source. `prunes`: further names, each to its expression over the source and the one over the mart: what lets
   Trino read few partitions. A row whose first key is null is of no mart. #}
{% macro touched_keys(source_table, build, keys, prunes={}) -%}
    {%- set of_source, of_mart = [], [] -%}
    {%- for name, expression in keys.items() -%}
        {%- do of_source.append(expression ~ " as " ~ name) -%}
        {%- do of_mart.append(name) -%}
    {%- endfor -%}
    {%- for name, expressions in prunes.items() -%}
        {%- do of_source.append(expressions[0] ~ " as " ~ name) -%}
        {%- do of_mart.append(expressions[1] ~ " as " ~ name) -%}
    {%- endfor -%}
    {%- set first = keys.values() | first -%}
    {%- if build["mode"] == "everything" -%}
    select {{ of_source | join(", ") }}
    from {{ source_at(source_table, build) }}
    where {{ first }} is not null

    union distinct

    select {{ of_mart | join(", ") }}
    from {{ build["target"] or this }}
    {%- elif build["mode"] == "changes" -%}
    {{ changed_keys(source_table, build, of_source, first) }}
    {%- else -%}
    select {{ of_source | join(", ") }}
    from {{ source_at(source_table, build) }}
    where false
    {%- endif -%}
{%- endmacro %}


{% macro changed_keys(source_table, build, columns, first) -%}
    select distinct {{ columns | join(", ") }}
    from {{ table_changes(source_table, build["since"]) }}
    where _commit_version <= {{ build["version"] }} and {{ first }} is not null
{%- endmacro %}


{# The source as of the build's version; no rows of its shape when it is not there. #}
{% macro source_at(source_table, build) -%}
    {%- if build["version"] is not none -%}
    {{ source_table }} for version as of {{ build["version"] }}
    {%- elif build["generation"] == "none" -%}
    ({{ no_rows_of(source_table) }})
    {%- else -%}
    {{ source_table }}
    {%- endif -%}
{%- endmacro %}


{# By the columns that the source's YAML describes. #}
{% macro no_rows_of(source_table) -%}
    {%- set columns = [] -%}
    {%- set known = graph.sources.values() if execute else [] -%}
    {%- for node in known if node.schema == source_table.schema and node.identifier == source_table.identifier -%}
        {%- for column in node.columns.values() -%}
            {%- do columns.append("cast(null as " ~ column.data_type ~ ") as " ~ column.name) -%}
        {%- endfor -%}
    {%- endfor -%}
    select {{ columns | join(", ") if columns else "1 as nothing" }} where false
{%- endmacro %}


{# The end of every mart's last CTE: from what its row was made. #}
{% macro origin(build) -%}
        cast('{{ build["generation"] }}' as varchar) as source_generation,
        cast({{ number_or_null(build["version"]) }} as bigint) as source_version,
        {{ started_at() }} as processed_ts
{%- endmacro %}


{% macro last_build_sql(mart, made_of, node) -%}
    select
        max(source_generation),
        max(source_version)
    from (
        select source_generation, source_version from {{ mart }}
        union all
        select source_generation, source_version
        from {{ builds_table(mart) }}
        where source_version is not null and coalesce(model, 'fct_sales_minute') = '{{ node.name }}'
    )
    where source_generation = {{ generation_sql(made_of) }}
{%- endmacro %}


{# The model's own SQL, where `mart_build(…)` asks what a build would read, with the recomputation in its place. #}
{% macro recomputed_sql(node, made_of, mart, version, generation) -%}
    {%- set build = recomputation(made_of, mart, version, generation) -%}
    {%- set asked = modules.re.sub("mart_build\\([^()]*(\\([^()]*\\))?[^()]*\\)", tojson(build), node.raw_code) -%}
    {{ return(render(asked | replace(": null", ": none"))) }}
{%- endmacro %}
