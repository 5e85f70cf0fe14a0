"""Fail points: `ECOM_FAIL_POINT=silver_orders.after_clean` ends the driver there, as SIGKILL would.

Tests use them to kill a job at each of its commit points. No exception is raised, nothing is flushed or closed.
"""

import os
import signal

from pyspark.sql import SparkSession


def fail_point(spark: SparkSession, name: str) -> None:
    """Kill the JVM and this process when the environment names this point."""
    if os.environ.get("ECOM_FAIL_POINT") != name:
        return
    jvm_pid = spark._jvm.java.lang.ProcessHandle.current().pid()  # type: ignore[union-attr]
    os.kill(jvm_pid, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
