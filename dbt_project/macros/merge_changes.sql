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
    {{ return(insert_build(changes, build_of(state.sql))) }}
{%- endmacro %}


{# The model's SQL carries what it was built for: compiling and publishing share no variables in dbt. #}
{% macro build_comment(build) -%}
    /* mart_build {{ tojson(build) }} */
{%- endmacro %}


{% macro build_of(sql) -%}
    {{ return(fromjson(modules.re.search("/\* mart_build (.*?) \*/", sql).group(1))) }}
{%- endmacro %}


{% macro replace_change_set(changes, sql) -%}
    {%- do log("Another build of " ~ this ~ " came first: starting over.", info=true) -%}
    {%- do run_query("drop table if exists " ~ changes) -%}
    {%- do run_query(create_table_as(True, changes, sql)) -%}
{%- endmacro %}


{# Raises when a row is not fit to publish, keeping those rows in gold_audit; returns how many rows change the mart. #}
{% macro audit_changes(changes, target) -%}
    {%- set rejected_rows = rejected_rows_sql(changes, model) -%}
    {%- set rejected, reason, pending = run_query(audit_sql(changes, target, model, rejected_rows)).rows[0].values() -%}
    {%- if rejected -%}
        {%- set kept = audit_relation(this, "rejected") -%}
        {%- do run_query("create table " ~ kept ~ " as " ~ rejected_rows) -%}
        {%- do run_query("drop table if exists " ~ changes) -%}
        {%- do exceptions.raise_compiler_error(
            target ~ " was left as it was: " ~ (rejected | int) ~ " row(s) of its change set fail the audit (such as: "
            ~ reason ~ "); see them in " ~ kept ~ ", mend what it is made of, build again."
        ) -%}
    {%- endif -%}
    {{ return(pending | int) }}
{%- endmacro %}


{% macro audit_sql(changes, target, node, rejected_rows) -%}
    {%- set goes = "(" ~ led_by(goes_when(node), node, "changes") ~ ")" -%}
    {%- set is_new = "target." ~ mart_keys(node)[0] ~ " is null" %}
        select
            (select count(*) from ({{ rejected_rows }})) as rejected,
            (select min(rejected_because) from ({{ rejected_rows }})) as reason,
            (
                select count(*)
                from {{ changes }} as changes
                left join {{ target }} as target
                    on {{ same_key(node, "changes", "target") }}
                where
                    ({{ is_new }} and not {{ goes }})
                    or (not {{ is_new }} and ({{ goes }} or {{ numbers_differ(node) }}))
            ) as pending
{%- endmacro %}


{# Keys are there and unique, numbers are not null (unless `meta: {nullable: true}` at the column), the origin is told,
   and the audit's own expressions hold. #}
{% macro rejected_rows_sql(changes, node) -%}
    {%- set keys = mart_keys(node) -%}
    {%- set numbers = [] -%}
    {%- for name in mart_numbers(node) -%}
        {%- if not node.columns[name].meta.get("nullable", false) -%}{%- do numbers.append(name) -%}{%- endif -%}
    {%- endfor %}
    select *
    from (
        select
            *,
            case
                when {{ keys | join(" is null or ") }} is null then 'its key is null'
                when count(*) over (partition by {{ keys | join(", ") }}) > 1 then 'its key is there twice'
                {%- if numbers %}
                when {{ numbers | join(" is null or ") }} is null then 'a number is null'
                {%- endif %}
                {%- for rule in node.config.meta.get("audit", []) %}
                when not ({{ rule["expression"] }}) then '{{ rule["because"] | replace("'", "''") }}'
                {%- endfor %}
                when {{ origin_columns() | join(" is null or ") }} is null then 'its origin is null'
            end as rejected_because
        from {{ changes }}
    )
    where rejected_because is not null
{%- endmacro %}


{# A row whose numbers are the same is not written. #}
{% macro numbers_differ(node) -%}
    {%- for name in mart_numbers(node) + ["source_generation"] -%}
        changes.{{ name }} is distinct from target.{{ name }}{{ " or " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}


{# One MERGE that takes effect only on the version that the change set started from: a commit before it is planned
   leaves its source empty, a later one makes Trino refuse (tried: 3 at once, always one won).
   Returns none, or why it did not take effect. #}
{% macro merge_changes(changes, target, build) -%}
    {%- set columns = adapter.get_columns_in_relation(target) | map(attribute="name") | list -%}
    {%- set outcome = try_query(merge_sql(changes, target, model, build, columns)) -%}
    {%- if outcome["error"] and not lost_the_race(outcome["error"]) -%}
        {%- do exceptions.raise_compiler_error(outcome["error"]) -%}
    {%- elif outcome["error"] -%}
        {{ return(outcome["error"]) }}
    {%- endif -%}
    {{ return(none if outcome["rows"][0][0] else "it moved on") }}
{%- endmacro %}


{% macro merge_sql(changes, target, node, build, columns) -%}
    {%- set goes = "(" ~ led_by(goes_when(node), node, "changes") ~ ")" -%}
    {%- set source_table = api.Relation.create(
        database=build["source"]["database"], schema=build["source"]["schema"], identifier=build["source"]["identifier"]
    ) %}
        merge into {{ target }} as target
        using (
            select *
            from {{ changes }}
            where
                (select max(version) from {{ hidden_table(target, "history") }}) = {{ build["target_version"] }}
                and {{ generation_sql(source_table) }} = '{{ build["generation"] }}'
        ) as changes
            on {{ same_key(node, "target", "changes") }}
        when matched and {{ goes }} then delete
        when matched and ({{ numbers_differ(node) }}) then update set
            {% for name in columns -%}
                {{ name }} = changes.{{ name }}{{ ", " if not loop.last }}
            {%- endfor %}
        when not matched and not {{ goes }} then insert ({{ columns | join(", ") }})
            values ({% for name in columns %}changes.{{ name }}{{ ", " if not loop.last }}{% endfor %})
{%- endmacro %}


{% macro builds_columns() -%}
    {{ return([
        "invocation_id varchar",
        "mode varchar",
        "source_generation varchar",
        "source_version bigint",
        "gold_version bigint",
        "minutes bigint",
        "processed_ts timestamp(3) with time zone",
        "model varchar",
    ]) }}
{%- endmacro %}


{# What a finished build read, in gold_audit.sales_builds; `minutes` are the rows of its change set. A build that only
   deletes leaves its version nowhere else. #}
{% macro insert_build(changes, build) -%}
    insert into {{ builds_table(changes) }}
    (invocation_id, mode, source_generation, source_version, gold_version, minutes, processed_ts, model)
    select
        '{{ invocation_id }}',
        '{{ build["mode"] }}',
        '{{ build["generation"] }}',
        {{ number_or_null(build["version"]) }},
        {{ number_or_null(build["target_version"]) }},
        (select count(*) from {{ changes }}),
        {{ started_at() }},
        '{{ model.name }}'
{%- endmacro %}


{% macro builds_table(relation) -%}
    {{ return(relation.incorporate(path={"schema": "gold_audit", "identifier": "sales_builds"})) }}
{%- endmacro %}


{% macro number_or_null(value) -%}
    {{ value if value is not none else "null" }}
{%- endmacro %}


{# One instant for the whole invocation. #}
{% macro started_at() -%}
    cast(timestamp '{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] }} UTC' as timestamp(3) with time zone)
{%- endmacro %}
