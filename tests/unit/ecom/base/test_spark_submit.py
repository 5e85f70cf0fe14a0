"""Our `spark-submit` runs pyspark's own, with this environment's Python."""

import os
import sys

import pytest

from ecom.base import spark_submit
from ecom.base.jvm_lock import pyspark_home


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What this process would have become."""
    found = list[list[str]]()
    monkeypatch.setattr(os, "execv", lambda path, words: found.append([path, *words]))
    monkeypatch.setenv("SPARK_HOME", "/opt/another-spark")
    monkeypatch.setenv("PYSPARK_PYTHON", "unset by the tests that need it so")
    monkeypatch.setattr(sys, "argv", ["spark-submit", "job.py", "orders"])
    return found


def test_the_arguments_go_to_pyspark_s_script(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYSPARK_PYTHON")
    spark_submit.main()
    script = str(pyspark_home() / "bin" / "spark-submit")
    assert started == [[script, script, "job.py", "orders"]]
    assert (os.environ["SPARK_HOME"], os.environ["PYSPARK_PYTHON"]) == (str(pyspark_home()), sys.executable)


def test_a_python_that_the_user_chose_stays(started: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", "/usr/bin/python3")
    spark_submit.main()
    assert os.environ["PYSPARK_PYTHON"] == "/usr/bin/python3"
