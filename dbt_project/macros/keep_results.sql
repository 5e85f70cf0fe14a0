{% macro dbt_results_columns() -%}
    {{ return([
        "invocation_id varchar",
        "command varchar",
        "node_id varchar",
        "resource_type varchar",
        "status varchar",
        "failures bigint",
        "message varchar",
        "execution_time double",
        "started_ts timestamp(3) with time zone",
        "finished_ts timestamp(3) with time zone",
        "target varchar",
    ]) }}
{%- endmacro %}


{# on-run-end: what this invocation ran and found, into gold_audit.dbt_results. Most invocations need one insert;
   500 rows keep a statement far below Trino's limit. #}
{% macro keep_results(results) -%}
    {%- if execute and results -%}
        {%- set table = api.Relation.create(database=target.database, schema="gold_audit", identifier="dbt_results") -%}
        {%- for batch in results | batch(500) -%}
            {%- set rows = [] -%}
            {%- for result in batch -%}{%- do rows.append(result_row(result)) -%}{%- endfor -%}
            {%- do append_rows("insert into " ~ table ~ " values " ~ rows | join(", ")) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{% macro result_row(result) -%}
    {%- set timing = result.timing | default([], true) | list -%}
    ({{ [
        sql_text(invocation_id),
        sql_text(flags.WHICH),
        sql_text(result.node.unique_id),
        sql_text(result.node.resource_type),
        sql_text(result.status),
        "null" if result.failures is none or result.failures is undefined else result.failures | int,
        sql_text(result.message),
        "double '" ~ (result.execution_time or 0) ~ "'",
        sql_instant(timing[0].started_at if timing else none),
        sql_instant(timing[-1].completed_at if timing else none),
        sql_text(target.name),
    ] | join(", ") }})
{%- endmacro %}


{% macro sql_text(value) -%}
    {%- if value is none or value is undefined -%}null
    {%- else -%}'{{ (value | string | replace("\n", " "))[:500] | replace("'", "''") }}'
    {%- endif -%}
{%- endmacro %}


{% macro sql_instant(value) -%}
    {%- if value -%}timestamp '{{ value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] }} UTC'
    {%- else -%}null
    {%- endif -%}
{%- endmacro %}
