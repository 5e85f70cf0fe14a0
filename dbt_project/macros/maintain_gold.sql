{# dbt run-operation maintain_gold: few files in place of many, and none that the tables did not hold for the
   retention. Trino may VACUUM here: it writes these tables without deletion vectors. A build that commits first makes
   a compaction start over; one that comes second starts over itself. #}
{% macro maintain_gold(retention_hours) -%}
    {%- set tables = [("gold_audit", "dbt_results"), ("gold_audit", "sales_builds")] -%}
    {%- for mart in marts() -%}{%- do tables.append((mart.schema, mart.alias)) -%}{%- endfor -%}
    {%- for schema, name in tables -%}
        {%- set table = adapter.get_relation(target.database, schema, name) -%}
        {%- if table is not none -%}
            {%- do append_rows("alter table " ~ table ~ " execute optimize") -%}
            {%- do run_query(
                "call " ~ table.database ~ ".system.vacuum('" ~ schema ~ "', '" ~ name ~ "', '"
                ~ retention_hours ~ "h')"
            ) -%}
            {%- do log("maintained " ~ table, info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
