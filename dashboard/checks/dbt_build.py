"""The last dbt build of Gold: how its tests went, and when. From `gold_audit.dbt_results`, which dbt itself writes."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.lake import UNHURRIED_S, ask
from dashboard.trust import Level, Part
from dashboard.words import counted, span
from ecom.errors import EcomError
from ecom.explain.words import minute
from ecom.trino_client import is_missing_table

TITLE = "dbt build"

# Airflow runs model and tests as invocations of their own: the last build is the model's last run, and of each test
# the last result since.
SQL = """
with results as (
    select * from gold_audit.dbt_results
),
builds as (
    select
        max(started_ts) as tried,
        max(if(status = 'success', started_ts)) as built,
        max_by(status, started_ts) as status
    from results
    where node_id = 'model.ecom_analytics.fct_sales_minute' and started_ts is not null
),
tests as (
    select results.node_id, max_by(results.status, results.finished_ts) as status
    from results
    inner join builds on results.finished_ts >= builds.tried
    where results.resource_type = 'test'
    group by 1
)
select tried, built, status, passed, warned, failed
from builds
cross join (
    select
        count_if(status = 'pass') as passed,
        count_if(status = 'warn') as warned,
        count_if(status in ('fail', 'error')) as failed
    from tests
)
"""


@dataclass(frozen=True)
class Build:
    """`tried` and `built` are starts: of the last run of the model, and of the last that succeeded."""

    tried: datetime | None
    built: datetime | None
    status: str | None
    passed: int
    warned: int
    failed: int


def last_build() -> Build:
    try:
        ((tried, built, *rest),) = ask(SQL, at_most=UNHURRIED_S).rows
    except EcomError as error:
        if is_missing_table(error):  # dbt has not run yet
            return Build(None, None, None, 0, 0, 0)
        raise
    return Build(tried and tried.astimezone(UTC), built and built.astimezone(UTC), *rest)


def look() -> Part:
    return judge(last_build(), datetime.now(UTC))


def judge(build: Build, now: datetime) -> Part:
    if build.tried is None:
        return Part(TITLE, Level.LOOK, "none yet", ("Type `ecom run gold`.",))
    ago = f"{span(now - build.tried)} ago"
    tests = f"{build.passed:,} tests passed, {build.failed:,} failed" + (
        f", {build.warned:,} warned" if build.warned else ""
    )
    when = f"Built at {minute(build.tried)}"
    if build.status != "success":
        stands = f"Gold stands as of {minute(build.built)}" if build.built else "nothing was published yet"
        return Part(TITLE, Level.WRONG, f"failed {ago}", (f"{stands}; see `ecom run gold`.", tests))
    if build.failed:
        return Part(TITLE, Level.WRONG, f"{counted(build.failed, 'test')} failed, {ago}", (tests, when))
    if not build.passed:
        return Part(TITLE, Level.LOOK, f"not tested yet, {ago}", (when,))
    level = Level.LOOK if build.warned else Level.GOOD
    return Part(TITLE, level, f"{tests}, {ago}", (when,))
