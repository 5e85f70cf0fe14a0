"""What a table's last commit says: the table is the truth, a checkpoint only a bookmark.

Each commit of a job carries a JSON note (Delta's `userMetadata`) with the checkpoint and the micro-batch that made it
and the source offsets it reached. A commit without such a note (a restore, a delete by hand) is not ours.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from ecom.lake.commit_note import CommitNote as CommitNote  # jobs find it here
from ecom.lake.commit_note import parse_note
from spark_jobs.files import exists, read_text

USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
HARMLESS = ("CREATE TABLE", "SET TBLPROPERTIES")  # they change no row


@dataclass(frozen=True)
class LastCommit:
    """The newest commit of a table; `note` is None when no job of ours made it."""

    version: int
    operation: str
    note: CommitNote | None

    @property
    def is_first(self) -> bool:
        """The table was just made: it has no rows."""
        return self.version == 0 and self.operation == "CREATE TABLE"

    @property
    def is_foreign(self) -> bool:
        return self.note is None and self.operation not in HARMLESS


def last_commit(spark: SparkSession, path: str) -> LastCommit:
    """Read from the newest file of the table's log, whose first entry says who wrote it: the history would be a Spark
    job. (Delta's protocol: `_delta_log/VERSION.json`, one action a line, `commitInfo` first.)"""
    version = newest_version(spark, path)
    for line in read_text(spark, f"{path}/_delta_log/{version:020d}.json").splitlines():
        info = json.loads(line).get("commitInfo")
        if info:
            return LastCommit(version, info["operation"], parse_note(info.get("userMetadata")))
    return LastCommit(version, "unknown", None)


def newest_version(spark: SparkSession, path: str) -> int:
    """-1 when there is no table. From the log's newest checkpoint on: a stream's log of days is too long to list."""
    pointer = read_text(spark, f"{path}/_delta_log/_last_checkpoint")
    version = int(json.loads(pointer)["version"]) if pointer else -1
    while exists(spark, f"{path}/_delta_log/{version + 1:020d}.json"):
        version += 1
    return version


def newest_note(spark: SparkSession, path: str, job: str, version: int, look_back: int = 100) -> CommitNote | None:
    """The note of the job's newest commit up to `version`, among the table's last `look_back` ones."""
    history = DeltaTable.forPath(spark, path).history(look_back).select("version", "userMetadata").collect()
    notes = (parse_note(row["userMetadata"]) for row in history if row["version"] <= version)
    return next((note for note in notes if note is not None and note.job == job), None)


@contextmanager
def noted(spark: SparkSession, note: CommitNote) -> Iterator[None]:
    """Every commit of this session inside the block carries the note."""
    spark.conf.set(USER_METADATA, note.to_json())
    try:
        yield
    finally:
        spark.conf.unset(USER_METADATA)


def append(rows: DataFrame, path: str, note: CommitNote) -> None:
    rows.write.format("delta").mode("append").option("userMetadata", note.to_json()).save(path)


def properties(spark: SparkSession, path: str) -> dict[str, str]:
    found: dict[str, str] = DeltaTable.forPath(spark, path).detail().select("properties").collect()[0][0]
    return found


def set_property(spark: SparkSession, path: str, key: str, value: str) -> None:
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('{key}' = '{value}')")
