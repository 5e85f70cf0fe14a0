{{ config(materialized="view") }}

{#- Counts only, and no word of a message: whoever reads Gold may read this, and not `silver.quarantine`. -#}
{%- set silver_quarantine = source("silver", "quarantine") %}
with quarantine as (
    {% if load_relation(silver_quarantine) is none -%}
    {#- before Silver's first run: no rows of its shape -#}
    select
        cast(null as varchar) as topic,
        cast(null as timestamp(6) with time zone) as quarantined_ts,
        cast(null as array(row(field varchar, rule varchar))) as reasons
    where false
    {%- else -%}
    select * from {{ silver_quarantine }}
    {%- endif %}
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
