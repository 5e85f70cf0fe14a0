"""What a Spark session is given, by where it runs."""

from pathlib import Path

import pytest

from ecom.base.settings import Settings
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
