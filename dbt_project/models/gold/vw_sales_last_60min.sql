{{ config(materialized="view") }}

{%- set as_of = "timestamp '" ~ var("as_of") ~ "'" if var("as_of") else "current_timestamp" %}

with sales as (
    select * from {{ ref("fct_sales_minute") }}
),

final as (
    select
        minute_bucket,
        currency,
        gmv,
        refunded_amount,
        net_sales,
        paid_orders
    from sales
    where
        minute_bucket > {{ as_of }} - interval '{{ var("minutes") | int }}' minute
        and minute_bucket <= {{ as_of }}
)

select * from final
