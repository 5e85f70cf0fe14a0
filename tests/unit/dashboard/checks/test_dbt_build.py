"""What the strip says of the last dbt build."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.checks import dbt_build
from dashboard.checks.dbt_build import Build
from dashboard.trust import Level

NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GOOD = Build(NOW - 3 * MINUTE, NOW - 3 * MINUTE, "success", passed=15, warned=0, failed=0)


@pytest.mark.parametrize(
    ("found", "level", "says"),
    [
        (GOOD, Level.GOOD, "15 tests passed, 0 failed, 3 min ago"),
        (replace(GOOD, warned=1), Level.LOOK, "15 tests passed, 0 failed, 1 warned, 3 min ago"),
        (replace(GOOD, failed=2), Level.WRONG, "2 tests failed, 3 min ago"),
        (replace(GOOD, passed=0), Level.LOOK, "not tested yet, 3 min ago"),
        (replace(GOOD, status="error", passed=0), Level.WRONG, "failed 3 min ago"),
        (Build(None, None, None, 0, 0, 0), Level.LOOK, "none yet"),
    ],
)
def test_dbt_build(found: Build, level: Level, says: str) -> None:
    part = dbt_build.judge(found, NOW)
    assert (part.level, part.sentence) == (level, says)


def node(name: str, status: str, started: datetime | None, finished: datetime | None) -> dict[str, Any]:
    built = started if status == "success" else None
    return {"node_id": name, "tried": started, "built": built, "finished": finished, "status": status}


def test_the_last_build_is_the_model_s_last_run_and_each_test_s_result_since() -> None:
    start, end = NOW - 5 * MINUTE, NOW - 4 * MINUTE
    nodes = [
        node("test.a", "pass", end, end),
        node("test.b", "warn", end, end),
        node("test.c", "fail", end, end),
        node("test.d", "error", end, end),
        node("test.before", "fail", start - MINUTE, start - MINUTE),
        node("test.skipped", "skipped", None, None),
        node(dbt_build.MODEL, "success", start, end),
    ]
    assert dbt_build.build_of(nodes) == Build(start, start, "success", passed=1, warned=1, failed=2)
    assert dbt_build.build_of(nodes[:-1]) == dbt_build.NONE_YET


def test_a_failed_build_says_as_of_when_gold_stands() -> None:
    part = dbt_build.judge(replace(GOOD, status="error", built=NOW - 10 * MINUTE), NOW)
    assert "Gold stands as of 2026-01-31 09:50 UTC" in part.details[0]
