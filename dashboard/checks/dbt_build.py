"""The last dbt build of Gold: how its tests went, and when. From `gold_audit.dbt_results`, which dbt itself writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard.lake import UNHURRIED_S, ask
from dashboard.trust import Level, Part
from dashboard.words import counted, span
from ecom.base.errors import EcomError
from ecom.explain.words import minute
from ecom.lake.trino import is_missing_table

TITLE = "dbt build"

MODEL = "model.ecom_analytics.fct_sales_minute"
# Airflow runs model and tests as invocations of their own: the last build is the model's last run, and of each test
# the last result since. One scan, a row a node: Trino has the answer in half the time of a join.
SQL = f"""
select
    node_id,
    max(started_ts) as tried,
    max(if(status = 'success', started_ts)) as built,
    max(finished_ts) as finished,
    max_by(status, if(resource_type = 'test', finished_ts, started_ts)) as status
from gold_audit.dbt_results
where node_id = '{MODEL}' or resource_type = 'test'
group by node_id
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


NONE_YET = Build(None, None, None, 0, 0, 0)


def last_build() -> Build:
    try:
        return build_of(ask(SQL, at_most=UNHURRIED_S).dicts())
    except EcomError as error:
        if is_missing_table(error):  # dbt has not run yet
            return NONE_YET
        raise


def build_of(nodes: Sequence[Mapping[str, Any]]) -> Build:
    """The last build, from the rows that `SQL` returned."""
    model = next((node for node in nodes if node["node_id"] == MODEL), None)
    if model is None or model["tried"] is None:
        return NONE_YET
    tried, built = model["tried"].astimezone(UTC), model["built"]
    since = [node["status"] for node in nodes if node is not model and node["finished"] and node["finished"] >= tried]
    return Build(
        tried,
        built and built.astimezone(UTC),
        model["status"],
        passed=since.count("pass"),
        warned=since.count("warn"),
        failed=since.count("fail") + since.count("error"),
    )


def look() -> Part:
    return judge(last_build(), datetime.now(UTC))


def judge(build: Build, now: datetime) -> Part:
    """The part `dbt build` of the trust strip: wrong where the build or a test failed."""
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
