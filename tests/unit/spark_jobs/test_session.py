"""What a Spark session is given, by where it runs."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from py4j.protocol import Py4JNetworkError
from pyspark import SparkContext

from ecom.base.errors import ExitCode
from ecom.base.settings import Settings
from spark_jobs import session
from spark_jobs.session import _executors, _is_on_loopback, _s3


def settings(home: Path, **other: object) -> Settings:
    return Settings.model_validate({"ecom_home": home} | other)


@pytest.mark.parametrize(
    ("master", "here"),
    [
        ("spark://127.0.0.1:7077", True),
        ("spark://localhost:7077", True),
        ("spark://10.0.0.5:7077", False),
        ("spark://one:7077,two:7077", False),
        ("k8s://https://127.0.0.1:6443", False),
        ("yarn", False),
    ],
)
def test_only_a_driver_of_a_cluster_on_this_machine_stays_on_loopback(tmp_path: Path, master: str, here: bool) -> None:
    conf = _executors(settings(tmp_path, spark_master=master))
    assert ("spark.driver.host" in conf) is here
    assert _is_on_loopback(master) is here


def test_executors_keep_time_in_utc_and_are_as_large_as_the_settings_say(tmp_path: Path) -> None:
    given = settings(tmp_path, spark_master="yarn", spark_executor_memory="7g", spark_executor_cores=4)
    conf = _executors(given)
    assert "-Duser.timezone=UTC" in conf["spark.executor.defaultJavaOptions"]
    assert (conf["spark.executor.memory"], conf["spark.executor.cores"]) == ("7g", "4")


def test_the_cloud_s_own_s3_is_spoken_to_without_path_style(tmp_path: Path) -> None:
    key = "spark.hadoop.fs.s3a.path.style.access"
    assert _s3(settings(tmp_path))[key] == "true"
    assert _s3(settings(tmp_path, lakehouse_uri="s3://bucket/lake"))[key] == "false"


def jvm(*words: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(words or ("sleep", "60"))


def test_a_killed_jvm_is_one_sentence_with_its_own_log_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "spark.log"
    log.write_text("ERROR of yesterday\n")
    old = log.stat().st_size
    with log.open("a") as out:
        out.write("java.lang.OutOfMemoryError: Java heap space\n")
    with jvm() as process:
        monkeypatch.setattr(SparkContext, "_gateway", SimpleNamespace(proc=process))
        monkeypatch.setattr(session, "_log_of_jvm", (log, old))
        process.kill()
        told = session.jvm_ended(Py4JNetworkError("Answer from Java side is empty"))
    assert told is not None and told.code == ExitCode.UNAVAILABLE
    for part in (f"pid {process.pid}", "was killed", "Java heap space", "run again"):
        assert part in str(told)
    assert "yesterday" not in str(told)


def test_an_error_that_hides_the_jvm_s_end_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with jvm("sh", "-c", "exit 7") as process:
        monkeypatch.setattr(SparkContext, "_gateway", SimpleNamespace(proc=process))
        try:
            try:
                raise ConnectionRefusedError(111, "Connection refused")
            finally:
                raise RuntimeError("stopped twice")
        except RuntimeError as error:
            told = session.jvm_ended(error)
    assert told is not None and "ended with code 7" in str(told)


def test_a_connection_error_while_the_jvm_lives_is_another_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REAPED_WITHIN_S", 0.1)
    with jvm() as process:
        monkeypatch.setattr(SparkContext, "_gateway", SimpleNamespace(proc=process))
        assert session.jvm_ended(ConnectionRefusedError()) is None
        process.kill()
    assert session.jvm_ended(ValueError("of ours")) is None
