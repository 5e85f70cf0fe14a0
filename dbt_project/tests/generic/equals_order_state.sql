{# Every minute once more from order_state, at the version that Gold was last built from; returns those that differ.
   That version is the greatest of the rows' and of the builds' (one that only took rows away left none). #}
{% test equals_order_state(model, order_state) %}
{%- set built_from -%}
    select
        max(source_generation),
        max(source_version)
    from (
        select source_generation, source_version from {{ model }}
        union all
        select source_generation, source_version
        from {{ model.incorporate(path={"schema": "gold_audit", "identifier": "sales_builds"}) }}
        where source_version is not null
    )
    where source_generation = {{ generation_sql(order_state) }}
{%- endset -%}
{%- set is_there = execute and load_relation(order_state) is not none and load_relation(model) is not none -%}
{%- set generation, version = run_query(built_from).rows[0].values() if is_there else (none, none) -%}
{% if version is none %}
select *
from {{ model }}
{% else %}
with expected as (
    select
        order_minute as minute_bucket,
        currency,
        sum(total_amount) as gmv,
        sum(refunded_amount) as refunded_amount,
        count(*) as paid_orders
    from {{ order_state }} for version as of {{ version | int }}
    where
        order_ts is not null
        and paid_amount >= total_amount
        and status <> 'CANCELLED'
    group by order_minute, currency
)

select
    coalesce(expected.minute_bucket, gold.minute_bucket) as minute_bucket,
    coalesce(expected.currency, gold.currency) as currency,
    expected.gmv as expected_gmv,
    gold.gmv,
    expected.refunded_amount as expected_refunded_amount,
    gold.refunded_amount,
    expected.paid_orders as expected_paid_orders,
    gold.paid_orders
from expected
full outer join {{ model }} as gold
    on expected.minute_bucket = gold.minute_bucket and expected.currency = gold.currency
where
    expected.gmv is distinct from gold.gmv
    or expected.refunded_amount is distinct from gold.refunded_amount
    or expected.paid_orders is distinct from gold.paid_orders
{% endif %}
{% endtest %}
