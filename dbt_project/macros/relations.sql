{# A Delta table's hidden table, such as "order_state$history". #}
{% macro hidden_table(relation, name) -%}
    {{ return(relation.incorporate(path={"identifier": relation.identifier ~ "$" ~ name})) }}
{%- endmacro %}


{# A name in gold_audit that no other invocation has. #}
{% macro audit_relation(base_relation, purpose) -%}
    {%- set when = run_started_at.strftime("%Y%m%d_%H%M%S") -%}
    {%- set identifier = [base_relation.identifier, purpose, when, invocation_id[:8]] | join("__") -%}
    {{ return(api.Relation.create(
        database=base_relation.database, schema="gold_audit", identifier=identifier, type="table"
    )) }}
{%- endmacro %}


{# A change set belongs to one invocation: what a killed one left behind is never read by a later one. #}
{% macro trino__make_temp_relation(base_relation, suffix="__dbt_tmp") -%}
    {{ return(audit_relation(base_relation, suffix | replace("__dbt_tmp", "changes"))) }}
{%- endmacro %}


{# Runs `sql`; returns {"rows": [...], "error": none or Trino's words}.
   Jinja cannot catch an error: adapter.try_query comes from our dbt command (ecom/dbt/adapter.py).
   Under another dbt the error ends the invocation, with nothing published. #}
{% macro try_query(sql) -%}
    {%- if adapter.try_query is defined -%}
        {{ return(adapter.try_query(sql)) }}
    {%- endif -%}
    {%- set rows = [] -%}
    {%- for row in run_query(sql).rows -%}{%- do rows.append(row.values() | list) -%}{%- endfor -%}
    {{ return({"rows": rows, "error": none}) }}
{%- endmacro %}


{# `sql` again when another writer's commit came first; any other error raises. #}
{% macro append_rows(sql) -%}
    {%- set state = namespace(done=false, error=none) -%}
    {%- for attempt in range(5) -%}
        {%- if not state.done -%}
            {%- set state.error = try_query(sql)["error"] -%}
            {%- set state.done = state.error is none or not lost_the_race(state.error) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if state.error -%}{%- do exceptions.raise_compiler_error(state.error) -%}{%- endif -%}
{%- endmacro %}


{# Trino's words when another commit took the version that it was about to write (tried on 476). #}
{% macro lost_the_race(error) -%}
    {{ return("DELTA_LAKE_BAD_WRITE" in error or "TRANSACTION_CONFLICT" in error or "onflict" in error) }}
{%- endmacro %}


{# For the catalog of the docs. Asked for many pairs of schema and table, Trino 476 repeats rows of information_schema,
   and at times leaves a table out (tried); asked for schemas, it does neither. #}
{% macro trino__get_catalog_relations(information_schema, relations) -%}
    {{ return(trino__get_catalog(information_schema, relations | map(attribute="schema") | unique | list)) }}
{%- endmacro %}
