"""The lock's lines, as they are read."""

from pathlib import Path

import pytest

from ecom.base import jvm_lock
from ecom.base.errors import EcomError
from ecom.base.jvm_lock import Artifact, pyspark_home, read_lock

LINES = """\
# a comment

kafka org.apache.kafka:kafka_2.13:4.1.0 aa 10
trino io.trino:trino-server:480:tar.gz bb 20
trino io.trino:trino-cli:480:jar:executable cc 30
"""


def test_each_line_is_a_file_of_its_part_and_comments_are_none(tmp_path: Path) -> None:
    path = tmp_path / "parts.lock"
    path.write_text(LINES)
    assert read_lock(path) == {
        "kafka": [Artifact("kafka", "org.apache.kafka", "kafka_2.13", "4.1.0", "jar", "aa", 10)],
        "trino": [
            Artifact("trino", "io.trino", "trino-server", "480", "tar.gz", "bb", 20),
            Artifact("trino", "io.trino", "trino-cli", "480", "jar", "cc", 30, "executable"),
        ],
    }


def test_a_file_s_name_is_maven_s(tmp_path: Path) -> None:
    path = tmp_path / "parts.lock"
    path.write_text(LINES)
    assert [one.filename for part in read_lock(path).values() for one in part] == [
        "kafka_2.13-4.1.0.jar",
        "trino-server-480.tar.gz",
        "trino-cli-480-executable.jar",
    ]


def test_pyspark_is_found_in_this_environment() -> None:
    assert (pyspark_home() / "bin" / "spark-submit").is_file()


def test_a_python_without_pyspark_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jvm_lock, "find_spec", lambda name: None)
    with pytest.raises(EcomError, match="run `make setup`"):
        pyspark_home()
