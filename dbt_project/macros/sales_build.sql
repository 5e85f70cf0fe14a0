{# What a build of fct_sales_minute reads: everything at one version of order_state, from the Gold that stands now.

   mode          'nothing' (no news, or no order_state yet), 'changes' or 'everything'
   generation    of order_state
   version       of order_state, the one that is read; none when there is no order_state
   since         the changes after this version are read
   gold_version  the version of fct_sales_minute that the change set starts from

   The order of the queries matters: Gold's version first. A build that commits after it makes this one start over;
   one that committed before it cannot have read a later version than ours. #}
{% macro sales_build(order_state) -%}
    {%- set build = {"mode": "nothing", "generation": "none", "version": none, "since": none, "gold_version": none} -%}
    {%- if not execute -%}{{ return(build) }}{%- endif -%}
    {%- set source_table = load_relation(order_state) -%}
    {%- if load_relation(this) is none or source_table is none -%}
        {%- do log(order_state ~ " is not there yet: nothing to build from.", info=flags.WHICH in ("build", "run")) -%}
        {{ return(build) }}
    {%- endif -%}
    {%- do build.update(gold_version=latest_version(this)) -%}
    {%- do build.update(generation=generation_of(order_state)) -%}
    {%- do build.update(version=latest_version(order_state)) -%}
    {%- do build.update(extent_of_build(order_state, build)) -%}
    {{ return(build) }}
{%- endmacro %}


{% macro latest_version(relation) -%}
    {{ return(run_query("select max(version) from " ~ hidden_table(relation, "history")).rows[0][0] | int) }}
{%- endmacro %}


{% macro generation_sql(order_state) -%}
    coalesce((
        select max(value) from {{ hidden_table(order_state, "properties") }} where key = 'ecom.generation'
    ), 'none')
{%- endmacro %}


{% macro generation_of(order_state) -%}
    {{ return(run_query("select " ~ generation_sql(order_state)).rows[0][0]) }}
{%- endmacro %}


{# mode and since. #}
{% macro extent_of_build(order_state, build) -%}
    {%- set gold -%}
        select
            count(*),
            count_if(source_generation <> '{{ build["generation"] }}'),
            max(source_version)
        from {{ this }}
    {%- endset -%}
    {%- set minutes, foreign, since = run_query(gold).rows[0].values() -%}
    {%- if var("full_recompute") or not minutes or foreign or since > build["version"] -%}
        {{ return({"mode": "everything"}) }}
    {%- endif -%}
    {%- set extent = {"mode": "changes", "since": since | int} -%}
    {%- if since == build["version"] -%}
        {{ return({"mode": "nothing", "since": since | int}) }}
    {%- endif -%}
    {%- if flags.WHICH in ("build", "run") and not can_read_changes(order_state, build["version"], since | int) -%}
        {{ return({"mode": "everything"}) }}
    {%- endif -%}
    {{ return(extent) }}
{%- endmacro %}


{# VACUUM takes the feed's files while the history still lists the versions: only reading tells. Opening each file
   is enough, and cheap. #}
{% macro can_read_changes(order_state, version, since) -%}
    {%- set probe -%}
        select count(*) from {{ table_changes(order_state, since) }} where _commit_version <= {{ version }}
    {%- endset -%}
    {%- set outcome = try_query(probe) -%}
    {%- if outcome["error"] -%}
        {%- do log(
            "The changes of " ~ order_state ~ " after version " ~ since ~ " cannot be read: every minute is computed again.",
            info=true
        ) -%}
    {%- endif -%}
    {{ return(outcome["error"] is none) }}
{%- endmacro %}


{# The one place that names the change feed: dbt unit tests cannot mock it. #}
{% macro table_changes(relation, since) -%}
    table({{ relation.database }}.system.table_changes(
        schema_name => '{{ relation.schema }}',
        table_name => '{{ relation.identifier }}',
        since_version => {{ since }}
    ))
{%- endmacro %}


{# minute_bucket, currency and order_month of every row before and after each change. #}
{% macro changed_minutes(order_state, build) -%}
    {%- if build["mode"] == "changes" -%}
    select distinct
        order_minute as minute_bucket,
        currency,
        order_month
    from {{ table_changes(order_state, build["since"]) }}
    where _commit_version <= {{ build["version"] }} and order_minute is not null
    {%- else -%}
    select
        cast(null as timestamp(3) with time zone) as minute_bucket,
        cast(null as varchar) as currency,
        cast(null as date) as order_month
    where false
    {%- endif -%}
{%- endmacro %}


{# order_state as of the build's version; no rows of its shape when there is no order_state. #}
{% macro orders_at(order_state, build) -%}
    {%- if build["version"] is none and build["generation"] == "none" -%}
    (
        select
            cast(null as timestamp(3) with time zone) as order_minute,
            cast(null as date) as order_month,
            cast(null as varchar) as currency,
            cast(null as varchar) as status,
            cast(null as decimal(20, 4)) as total_amount,
            cast(null as decimal(38, 4)) as paid_amount,
            cast(null as decimal(38, 4)) as refunded_amount
        where false
    )
    {%- elif build["version"] is none -%}
    {{ order_state }}
    {%- else -%}
    {{ order_state }} for version as of {{ build["version"] }}
    {%- endif -%}
{%- endmacro %}
