{{ config(materialized="view") }}

{#- Counts only, and no word of a message: whoever reads Gold may read this, and not `silver.quarantine`. -#}
with quarantine as (
    select * from {{ source("silver", "quarantine") }}
),

recent as (
    select
        topic,
        quarantined_ts,
        array_join(
            array_sort(array_distinct(transform(reasons, r -> coalesce(r.field, '$') || ': ' || r.rule))), ', '
        ) as reasons
    from quarantine
    where quarantined_ts > current_timestamp - interval '24' hour
),

final as (
    select
        topic,
        reasons,
        count(*) as records,
        max(quarantined_ts) as newest_ts
    from recent
    group by topic, reasons
)

select * from final
