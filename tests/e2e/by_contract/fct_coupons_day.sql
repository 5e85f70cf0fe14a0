{{
    config(
        materialized="incremental",
        incremental_strategy="merge_changes",
        unique_key=["last_day", "currency"],
        views_enabled=false,
        full_refresh=false,
        properties={"change_data_feed_enabled": "true"},
    )
}}

{%- set coupon_life = source("silver", "coupon_life") -%}
{%- set build = mart_build(coupon_life) %}

{{ build_comment(build) }}

with coupons as (
    select * from {{ source_at(coupon_life, build) }}
),

touched as (
    {{ touched_keys(coupon_life, build, keys={"last_day": "last_day", "currency": "currency"}) }}
),

redeemed as (
    select
        last_day,
        currency,
        sum(amount) as amount,
        count(*) as redeemed
    from coupons
    where state = 'REDEEMED'
    group by last_day, currency
),

final as (
    select
        touched.last_day,
        touched.currency,
        cast(coalesce(redeemed.amount, 0) as decimal(38, 4)) as amount,
        cast(coalesce(redeemed.redeemed, 0) as bigint) as redeemed,
        {{ origin(build) }}
    from touched
    left join redeemed
        on
            touched.last_day = redeemed.last_day
            and touched.currency = redeemed.currency
)

select * from final
