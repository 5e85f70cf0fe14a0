"""Trino killed in the middle of Gold's MERGE: supervisor brings it back, and the next build is exact."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.dbt.build import run_gold
from ecom.lake.trino import query
from ecom.stack.control import status, up
from generator.mix import Mix
from generator.stream import generate
from tests.lake import assert_gold_equals_oracle, produce, publish_tables, run_jobs

MERGING = (
    "select count(*) from system.runtime.queries where state in ('RUNNING', 'FINISHING') and query like '%merge into%'"
)


def test_gold_is_exact_after_trino_was_killed_in_mid_merge(spark: SparkSession, lake: Settings) -> None:
    start = datetime.now(UTC) - timedelta(days=20)
    for attempt in range(4):  # a MERGE takes a second or so: it may be over before the kill
        produce(lake, generate(3000, 51 + attempt, start, timedelta(days=9), Mix.clean()))
        run_jobs(spark, lake)
        publish_tables(lake)
        died = _killed_in_mid_merge(lake)
        up(lake, print)
        run_gold(lake)
        assert_gold_equals_oracle(lake)
        if died:
            return
    raise AssertionError("Trino was never killed in a MERGE: the test shows nothing")


def _killed_in_mid_merge(lake: Settings) -> bool:
    """Whether dbt's build failed because Trino died under its MERGE."""
    failures: list[str] = []
    build = threading.Thread(target=_build, args=(lake, failures))
    build.start()
    if _saw_the_merge(lake, build):
        pid = next(s.pid for s in status(lake) if s.name == "trino")
        assert pid
        os.kill(pid, signal.SIGKILL)
    build.join(300)
    return bool(failures)


def _build(lake: Settings, failures: list[str]) -> None:
    try:
        run_gold(lake)
    except EcomError as error:
        failures.append(str(error))


def _saw_the_merge(lake: Settings, build: threading.Thread) -> bool:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and build.is_alive():
        if query(lake, MERGING).scalar() > 1:  # this query's own text matches too
            return True
    return False
