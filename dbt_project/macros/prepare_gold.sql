{# on-run-start: the tables that must be there before a model runs.
   dbt would create a missing mart from the model's rows, past the audit; so each is made here, empty. #}
{% macro prepare_gold() -%}
    {%- if execute and flags.WHICH in ("build", "run", "test", "freshness", "source-freshness") -%}
        {%- set database = target.database -%}
        {%- for mart in marts() -%}
            {%- do create_table_if_missing(database, mart.schema, mart.alias, columns_of(mart), change_feed=true) -%}
        {%- endfor -%}
        {%- do create_table_if_missing(database, "gold_audit", "dbt_results", dbt_results_columns()) -%}
        {%- do create_table_if_missing(database, "gold_audit", "sales_builds", builds_columns()) -%}
        {%- do add_model_column(database) -%}
        {%- if flags.WHICH in ("build", "run") -%}
            {%- do drop_stale_change_sets(database) -%}
            {%- do refuse_holes(database) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# A lake of an older release: its builds were all of fct_sales_minute. #}
{% macro add_model_column(database) -%}
    {%- set builds = adapter.get_relation(database, "gold_audit", "sales_builds") -%}
    {%- set names = adapter.get_columns_in_relation(builds) | map(attribute="name") | list -%}
    {%- if "model" not in names -%}
        {%- do run_query("alter table " ~ builds ~ " add column if not exists model varchar") -%}
    {%- endif -%}
{%- endmacro %}


{# Gold is not built from a Silver whose tables lack rows that were judged, unless the var `with_holes` says so.
   ECOM_DATASETS, which our dbt command sets, names the datasets. Trino knows the counts from the tables' logs. #}
{% macro refuse_holes(database) -%}
    {%- set holes = [] -%}
    {%- for dataset in env_var("ECOM_DATASETS", "").split(",") if dataset and not var("with_holes") -%}
        {%- if adapter.get_relation(database, "ops", dataset ~ "_ledger") is not none -%}
            {%- set row = run_query(holes_sql(database, dataset)).rows[0].values() -%}
            {%- if row[0] > 0 -%}{%- do holes.append((row[0] | int) ~ " of " ~ dataset) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if holes -%}
        {%- do exceptions.raise_compiler_error(
            "Gold was left as it was: rows that Silver judged are gone from its tables (" ~ holes | join(", ")
            ~ "). Type `ecom run silver`, which judges again what has no verdict; or build all the same, with "
            ~ "`ecom run gold --with-holes`."
        ) -%}
    {%- endif -%}
{%- endmacro %}


{# How many rows each verdict's table lacks of what the ledger counted: the ledger first, it is written last. #}
{% macro holes_sql(database, dataset) -%}
    {%- set silver = database ~ ".silver." ~ dataset %}
    select
        greatest(coalesce(sum(clean), 0) - (select count(*) from {{ silver }}_clean), 0)
        + greatest(coalesce(sum(duplicate), 0) - (select count(*) from {{ silver }}_duplicates), 0)
        + greatest(coalesce(sum(quarantined), 0) - (select count(*) from {{ silver }}_quarantine), 0)
    from {{ database }}.ops.{{ dataset }}_ledger
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
