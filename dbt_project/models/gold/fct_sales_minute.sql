{{
    config(
        materialized="incremental",
        incremental_strategy="merge_changes",
        unique_key=["minute_bucket", "currency"],
        views_enabled=false,
        full_refresh=false,
        properties={"change_data_feed_enabled": "true"},
    )
}}

{%- set order_state = source("silver", "order_state") -%}
{%- set build = mart_build(order_state) %}

{{ build_comment(build) }}

with orders as (
    select * from {{ source_at(order_state, build) }}
),

-- the month prunes partitions
touched as (
    {{ touched_keys(
        order_state,
        build,
        keys={"minute_bucket": "order_minute", "currency": "currency"},
        prunes={"order_month": ["order_month", "cast(date_trunc('month', minute_bucket) as date)"]},
    ) }}
),

paid as (
    select
        touched.minute_bucket,
        touched.currency,
        sum(orders.total_amount) as gmv,
        sum(orders.refunded_amount) as refunded_amount,
        count(*) as paid_orders
    from orders
    inner join touched
        on
            orders.order_month = touched.order_month
            and orders.order_minute = touched.minute_bucket
            and orders.currency = touched.currency
    where
        orders.paid_amount >= orders.total_amount
        and orders.status <> 'CANCELLED'
    group by touched.minute_bucket, touched.currency
),

-- a touched minute without a paid order stays, with zeros: its row goes
minutes as (
    select
        touched.minute_bucket,
        touched.currency,
        cast(coalesce(paid.gmv, 0) as decimal(38, 4)) as gmv,
        cast(coalesce(paid.refunded_amount, 0) as decimal(38, 4)) as refunded_amount,
        cast(coalesce(paid.paid_orders, 0) as bigint) as paid_orders
    from touched
    left join paid
        on
            touched.minute_bucket = paid.minute_bucket
            and touched.currency = paid.currency
),

final as (
    select
        minute_bucket,
        currency,
        gmv,
        refunded_amount,
        cast(gmv - refunded_amount as decimal(38, 4)) as net_sales,
        paid_orders,
        {{ origin(build) }}
    from minutes
)

select * from final
