{# A mart once more, whole, by its own SQL, from its source at the version that it was last built from; returns the rows
   that differ. That version is the greatest of the rows' and of the builds' (one that only took rows away left none).
   #}
{% test equals_recomputation(model, made_of) %}
{%- set mart = namespace(node=none) -%}
{%- for node in (marts() if execute else []) if node.alias == model.identifier -%}
    {%- set mart.node = node -%}
{%- endfor -%}
{%- set is_there = execute and load_relation(made_of) is not none and load_relation(model) is not none -%}
{%- set built = run_query(last_build_sql(model, made_of, mart.node)).rows[0].values() if is_there else (none, none) -%}
{% if built[1] is none %}
select *
from {{ model }}
{% else %}
{%- set keys, numbers = mart_keys(mart.node), mart_numbers(mart.node) -%}
with expected as (
    select *
    from ({{ recomputed_sql(mart.node, made_of, model, built[1] | int, built[0]) }})
    where not ({{ goes_when(mart.node) }})
)

select
    {% for key in keys -%}
    coalesce(expected.{{ key }}, mart.{{ key }}) as {{ key }},
    {% endfor -%}
    {% for name in numbers -%}
    expected.{{ name }} as expected_{{ name }},
    mart.{{ name }} as {{ name }}{{ "," if not loop.last }}
    {% endfor -%}
from expected
full outer join {{ model }} as mart
    on {{ same_key(mart.node, "expected", "mart") }}
where
    expected.{{ keys[0] }} is null
    or mart.{{ keys[0] }} is null
    {% for name in numbers -%}
    or expected.{{ name }} is distinct from mart.{{ name }}
    {% endfor %}
{% endif %}
{% endtest %}
