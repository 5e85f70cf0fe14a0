{# on-run-start: the tables that must be there before a model runs.
   dbt would create a missing fct_sales_minute from the model's rows, past the audit; so it is made here, empty. #}
{% macro prepare_gold() -%}
    {%- if execute and flags.WHICH in ("build", "run", "test", "freshness", "source-freshness") -%}
        {%- set fct = graph.nodes["model.ecom_analytics.fct_sales_minute"] -%}
        {%- set database = fct.database -%}
        {%- do create_table_if_missing(database, fct.schema, fct.alias, columns_of(fct), change_feed=true) -%}
        {%- do create_table_if_missing(database, "gold_audit", "dbt_results", dbt_results_columns()) -%}
        {%- do create_table_if_missing(database, "gold_audit", "sales_builds", sales_builds_columns()) -%}
        {%- if flags.WHICH in ("build", "run") -%}
            {%- do drop_stale_change_sets(database) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# The columns as schema.yml describes them: it is the one place that says their types. #}
{% macro columns_of(node) -%}
    {%- set columns = [] -%}
    {%- for column in node.columns.values() -%}
        {%- set description = column.description | trim | replace("\n", " ") | replace("'", "''") -%}
        {%- do columns.append(column.name ~ " " ~ column.data_type ~ " comment '" ~ description ~ "'") -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{% macro create_table_if_missing(database, schema, identifier, columns, change_feed=false) -%}
    {%- if adapter.get_relation(database, schema, identifier) is none -%}
        {%- set table = api.Relation.create(database=database, schema=schema, identifier=identifier, type="table") -%}
        {%- do run_query("create schema if not exists " ~ table.without_identifier()) -%}
        {%- set create_table -%}
            create table if not exists {{ table }} (
                {{ columns | join(",\n                ") }}
            )
            {%- if change_feed %} with (change_data_feed_enabled = true){%- endif -%}
        {%- endset -%}
        {%- set outcome = try_query(create_table) -%}
        {#- Of two invocations that create it at once one fails: what counts is that the table is there. -#}
        {%- if outcome["error"] -%}{%- do run_query("select 1 from " ~ table ~ " limit 1") -%}{%- endif -%}
        {%- do adapter.cache_added(table) -%}
    {%- endif -%}
{%- endmacro %}


{# Change sets that killed invocations left, a day later: none of ours runs that long. Rejected ones stay. #}
{% macro drop_stale_change_sets(database) -%}
    {%- set yesterday = (run_started_at - modules.datetime.timedelta(days=1)).strftime("%Y%m%d_%H%M%S") -%}
    {%- set stale -%}
        select table_name
        from {{ database }}.information_schema.tables
        where
            table_schema = 'gold_audit'
            and split_part(table_name, '__', 2) = 'changes'
            and split_part(table_name, '__', 3) < '{{ yesterday }}'
    {%- endset -%}
    {%- for row in run_query(stale).rows -%}
        {%- do run_query("drop table if exists " ~ database ~ ".gold_audit." ~ row[0]) -%}
    {%- endfor -%}
{%- endmacro %}
