"""Each job killed at each of its commit points, then run again: the tables of an undisturbed run."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from pyspark.sql import SparkSession

from ecom.base.settings import ROOT, Settings
from generator.message import Message
from generator.second_wave import second_wave
from generator.stream import generate
from spark_jobs import bronze_stream, class_data, derive, silver_sink
from tests.lake import environment_of, fresh, produce, run_derived, run_jobs, run_silver, snapshot

BRONZE_POINTS = ("before_append", "after_append")
SILVER_POINTS = ("before_quarantine", "before_duplicates", "before_clean", "before_ledger", "after_ledger")
KILLS = {
    "bronze_stream": tuple(
        f"bronze_{subject}.{point}" for subject in ("orders", "payments") for point in BRONZE_POINTS
    ),
    "silver_orders": tuple(f"silver_orders.{point}" for point in SILVER_POINTS),
    "silver_payments": tuple(f"silver_payments.{point}" for point in SILVER_POINTS),
    "silver_enrich": ("silver_enrich.before_merge", "silver_enrich.after_merge"),
}
# Those of one row die side by side: they share no table.
JOBS = (("bronze_stream",), ("silver_orders", "silver_payments"), ("silver_enrich",))


def kill(lake: Settings, point: str, *module: str) -> None:
    """Run a module, such as a job's own file, to the point where it ends as if by SIGKILL."""
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=ROOT,
        env=environment_of(lake) | {"ECOM_FAIL_POINT": point},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == -9, f"{module} was to die at {point}: {done.returncode} {done.stderr[-2000:]}"


COMMANDS = {
    "bronze_stream": ("spark_jobs.bronze_stream",),
    "silver_orders": ("spark_jobs.silver", "orders"),
    "silver_payments": ("spark_jobs.silver", "payments"),
    "silver_enrich": ("spark_jobs.derive", "order_state"),
}


def kill_at_each_point(lake: Settings, job: str) -> None:
    for point in KILLS[job]:
        kill(lake, point, *COMMANDS[job])


@pytest.fixture(scope="module")
def messages() -> list[list[Message]]:
    start = datetime(2026, 10, 31, 22, tzinfo=UTC)  # over the end of a month
    first = list(generate(150, 5, start, timedelta(hours=4)))
    return [first, list(second_wave(first, 6, share=0.2))]


@pytest.mark.timeout(1800)
def test_a_job_killed_at_any_commit_point_and_run_again_changes_nothing(
    messages: list[list[Message]], spark: SparkSession, stack: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The undisturbed lake takes the waves one by one, the other both at once, and dies at every point of every job."""
    lake = fresh(stack)
    passed: set[str] = set()
    for module in (bronze_stream, silver_sink, derive):
        monkeypatch.setattr(module, "fail_point", lambda _, name: passed.add(name))
    for wave in messages:
        produce(lake, wave)
        run_jobs(spark, lake)
    assert passed == {point for points in KILLS.values() for point in points}, "not every commit point is killed at"
    class_data.keep()  # for the JVMs that are killed
    undisturbed = snapshot(spark, lake)
    assert all(undisturbed.values()), "a table without rows shows nothing"

    disturbed = fresh(stack).model_copy(update={"topics": lake.topics})
    recovered = _with_kills(spark, disturbed)
    assert recovered.keys() == undisturbed.keys()
    # One run reads both waves: the ledger's rows differ in their cut, what was judged does not.
    for name, rows in undisturbed.items():
        if not name.startswith("ops."):
            assert recovered[name] == rows, name
    for name in ("ops.orders_ledger", "ops.payments_ledger"):
        assert _totals(recovered[name]) == _totals(undisturbed[name])

    kill(disturbed, "silver_enrich.after_rebuild", "ecom", "run", "silver", "--rebuild")
    run_derived(spark, disturbed)
    assert snapshot(spark, disturbed)["silver.order_state"] == undisturbed["silver.order_state"]


def _with_kills(spark: SparkSession, lake: Settings) -> dict[str, list[dict[str, object]]]:
    again = {
        "bronze_stream": lambda: bronze_stream.run(spark, lake),
        "silver_orders": lambda: run_silver(spark, lake, "orders"),
        "silver_payments": lambda: run_silver(spark, lake, "payments"),
        "silver_enrich": lambda: run_derived(spark, lake),
    }
    for together in JOBS:
        with ThreadPoolExecutor(len(together)) as pool:
            list(pool.map(lambda job: kill_at_each_point(lake, job), together))
        for job in together:
            again[job]()
    return snapshot(spark, lake)


def _totals(ledger: list[dict[str, object]]) -> dict[tuple[object, object], list[int]]:
    totals: dict[tuple[object, object], list[int]] = {}
    for row in ledger:
        counts = [int(str(row[name])) for name in ("rows_in", "clean", "duplicate", "quarantined")]
        key = (row["topic"], row["partition"])
        totals[key] = [a + b for a, b in zip(totals.get(key, [0] * 4), counts, strict=True)]
    return totals
