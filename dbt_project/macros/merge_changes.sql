{# Incremental strategy `merge_changes`: audit the change set, then publish it in one MERGE, or start over.

   The change set says in a comment which build it is of (`build_of`). Nothing reaches the target but through here. #}
{% macro get_incremental_merge_changes_sql(arg_dict) -%}
    {%- set target = arg_dict["target_relation"] -%}
    {%- set changes = arg_dict["temp_relation"] -%}
    {%- set state = namespace(sql=model.compiled_code, published=false, error=none) -%}
    {%- for attempt in range(5) -%}
        {%- if not state.published -%}
            {%- if not loop.first -%}
                {%- set state.sql = render(model.raw_code) -%}
                {%- do replace_change_set(changes, state.sql) -%}
            {%- endif -%}
            {%- set pending = audit_changes(changes, target) -%}
            {%- set state.error = merge_changes(changes, target, build_of(state.sql)) if pending else none -%}
            {%- set state.published = state.error is none -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not state.published -%}
        {%- do adapter.drop_relation(changes) -%}
        {%- do exceptions.raise_compiler_error(
            target ~ " was left as it was: other builds kept coming first (" ~ state.error ~ "); build again."
        ) -%}
    {%- endif -%}
    {{ return(insert_sales_build(changes, build_of(state.sql))) }}
{%- endmacro %}


{# The model's SQL carries what it was built for: compiling and publishing share no variables in dbt. #}
{% macro build_comment(build) -%}
    /* sales_build {{ tojson(build) }} */
{%- endmacro %}


{% macro build_of(sql) -%}
    {{ return(fromjson(modules.re.search("/\* sales_build (.*?) \*/", sql).group(1))) }}
{%- endmacro %}


{% macro replace_change_set(changes, sql) -%}
    {%- do log("Another build of " ~ this ~ " came first: starting over.", info=true) -%}
    {%- do run_query("drop table if exists " ~ changes) -%}
    {%- do run_query(create_table_as(True, changes, sql)) -%}
{%- endmacro %}


{# Raises when a row is not fit to publish, keeping those rows in gold_audit; returns how many rows change Gold. #}
{% macro audit_changes(changes, target) -%}
    {%- set audit -%}
        select
            (select count(*) from ({{ rejected_rows(changes) }})) as rejected,
            (select min(rejected_because) from ({{ rejected_rows(changes) }})) as reason,
            (
                select count(*)
                from {{ changes }} as changes
                left join {{ target }} as target
                    on changes.minute_bucket = target.minute_bucket and changes.currency = target.currency
                where
                    (target.minute_bucket is null and changes.paid_orders > 0)
                    or (target.minute_bucket is not null and (changes.paid_orders = 0 or {{ numbers_differ() }}))
            ) as pending
    {%- endset -%}
    {%- set rejected, reason, pending = run_query(audit).rows[0].values() -%}
    {%- if rejected -%}
        {%- set kept = audit_relation(this, "rejected") -%}
        {%- do run_query("create table " ~ kept ~ " as " ~ rejected_rows(changes)) -%}
        {%- do run_query("drop table if exists " ~ changes) -%}
        {%- do exceptions.raise_compiler_error(
            target ~ " was left as it was: " ~ (rejected | int) ~ " row(s) of its change set fail the audit (such as: "
            ~ reason ~ "); see them in " ~ kept ~ ", mend silver.order_state, build again."
        ) -%}
    {%- endif -%}
    {{ return(pending | int) }}
{%- endmacro %}


{# A minute without paid orders says that its row goes. Refunds may exceed sales: net_sales may be negative. #}
{% macro rejected_rows(changes) -%}
    select *
    from (
        select
            *,
            case
                when minute_bucket is null or currency is null then 'its key is null'
                when count(*) over (partition by minute_bucket, currency) > 1 then 'its key is there twice'
                when gmv is null or refunded_amount is null or net_sales is null or paid_orders is null
                    then 'a number is null'
                when gmv < 0 then 'gmv is negative'
                when refunded_amount < 0 then 'refunded_amount is negative'
                when net_sales <> gmv - refunded_amount then 'net_sales is not gmv - refunded_amount'
                when paid_orders < 0 then 'paid_orders is negative'
                when paid_orders = 0 and (gmv <> 0 or refunded_amount <> 0) then 'amounts without a paid order'
                when source_generation is null or source_version is null or processed_ts is null
                    then 'its origin is null'
            end as rejected_because
        from {{ changes }}
    )
    where rejected_because is not null
{%- endmacro %}


{# A row whose numbers are the same is not written. #}
{% macro numbers_differ() -%}
    {%- for name in ["gmv", "refunded_amount", "net_sales", "paid_orders", "source_generation"] -%}
        changes.{{ name }} is distinct from target.{{ name }}{{ " or " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# One MERGE that takes effect only on the version that the change set started from: a commit before it is planned
   leaves its source empty, a later one makes Trino refuse (tried: 3 at once, always one won).
   Returns none, or why it did not take effect. #}
{% macro merge_changes(changes, target, build) -%}
    {%- set columns = adapter.get_columns_in_relation(target) | map(attribute="name") | list -%}
    {%- set merge -%}
        merge into {{ target }} as target
        using (
            select *
            from {{ changes }}
            where
                (select max(version) from {{ hidden_table(target, "history") }}) = {{ build["gold_version"] }}
                and {{ generation_sql(source("silver", "order_state")) }} = '{{ build["generation"] }}'
        ) as changes
            on target.minute_bucket = changes.minute_bucket and target.currency = changes.currency
        when matched and changes.paid_orders = 0 then delete
        when matched and ({{ numbers_differ() }}) then update set
            {% for name in columns -%}
                {{ name }} = changes.{{ name }}{{ ", " if not loop.last }}
            {%- endfor %}
        when not matched and changes.paid_orders > 0 then insert ({{ columns | join(", ") }})
            values ({% for name in columns %}changes.{{ name }}{{ ", " if not loop.last }}{% endfor %})
    {%- endset -%}
    {%- set outcome = try_query(merge) -%}
    {%- if outcome["error"] and not lost_the_race(outcome["error"]) -%}
        {%- do exceptions.raise_compiler_error(outcome["error"]) -%}
    {%- elif outcome["error"] -%}
        {{ return(outcome["error"]) }}
    {%- endif -%}
    {{ return(none if outcome["rows"][0][0] else "it moved on") }}
{%- endmacro %}


{% macro sales_builds_columns() -%}
    {{ return([
        "invocation_id varchar",
        "mode varchar",
        "source_generation varchar",
        "source_version bigint",
        "gold_version bigint",
        "minutes bigint",
        "processed_ts timestamp(3) with time zone",
    ]) }}
{%- endmacro %}


{# What a finished build read. A build that only deletes leaves its version nowhere else. #}
{% macro insert_sales_build(changes, build) -%}
    insert into {{ changes.incorporate(path={"identifier": "sales_builds"}) }}
    select
        '{{ invocation_id }}',
        '{{ build["mode"] }}',
        '{{ build["generation"] }}',
        {{ number_or_null(build["version"]) }},
        {{ number_or_null(build["gold_version"]) }},
        (select count(*) from {{ changes }}),
        {{ started_at() }}
{%- endmacro %}


{% macro number_or_null(value) -%}
    {{ value if value is not none else "null" }}
{%- endmacro %}


{# One instant for the whole invocation. #}
{% macro started_at() -%}
    cast(timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] }} UTC' as timestamp(3) with time zone)
{%- endmacro %}
