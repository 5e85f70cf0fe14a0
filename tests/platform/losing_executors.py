"""The Silver jobs on a cluster, as `ecom run silver` runs them, but that all executors die at each fail point named
as an argument, with what they kept of the micro-batch: run by test_cluster.py, in a process of its own."""

import sys
import time
from unittest.mock import patch

import psutil
from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.settings import load_settings
from spark_jobs import derive, silver_sink
from spark_jobs.session import build_session
from tests.lake import run_derived, run_silver

WITHIN_S = 60.0


def lose_executors(spark: SparkSession, name: str) -> None:
    """In place of `fail_point`: what this application's executors have cached is gone once it returns."""
    if name not in sys.argv[1:]:
        return
    lost = executors(spark.sparkContext.applicationId)
    assert lost, "no executor runs on this machine"
    kept_in = block_managers(spark)
    for process in lost:
        process.kill()
    _, alive = psutil.wait_procs(lost, WITHIN_S)
    assert not alive
    wait_until_missed(spark, kept_in)
    print(name, flush=True)


def executors(application: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "org.apache.spark.executor.CoarseGrainedExecutorBackend" in words and application in words:
            found.append(process)
    return found


def block_managers(spark: SparkSession) -> set[str]:
    """The executors', as host:port: where cached partitions lie."""
    context = spark.sparkContext._jsc.sc()
    known = set(context.getExecutorMemoryStatus().keys().mkString(",").split(","))
    return known - {context.env().blockManager().blockManagerId().hostPort()}


def wait_until_missed(spark: SparkSession, lost: set[str]) -> None:
    """Until the driver knows that the blocks are gone: before, it would only ask for them in vain."""
    deadline = time.monotonic() + WITHIN_S
    while block_managers(spark) & lost:
        assert time.monotonic() < deadline, "the driver still counts on what the executors had cached"
        time.sleep(0.1)


def main() -> None:
    settings = load_settings()
    spark = build_session(settings, "losing_executors")
    with patch.object(silver_sink, "fail_point", lose_executors), patch.object(derive, "fail_point", lose_executors):
        run_silver(spark, settings)
        run_derived(spark, settings)


if __name__ == "__main__":
    try:
        main()
    except EcomError as error:
        raise SystemExit(str(error)) from None
