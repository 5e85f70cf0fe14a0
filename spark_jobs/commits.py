"""How jobs write: each commit of theirs carries a note (ecom.lake.commit_note)."""

from collections.abc import Iterator
from contextlib import contextmanager

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from ecom.lake.commit_note import CommitNote

USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
SKIP_EMPTY = "spark.databricks.delta.skipRecordingEmptyCommits"


@contextmanager
def noted(spark: SparkSession, note: CommitNote) -> Iterator[None]:
    """Every commit of this session inside the block carries the note."""
    spark.conf.set(USER_METADATA, note.to_json())
    try:
        yield
    finally:
        spark.conf.unset(USER_METADATA)


def append(rows: DataFrame, path: str, note: CommitNote) -> None:
    """One commit, even of no rows: it says how far the source was read."""
    conf = rows.sparkSession.conf
    conf.set(SKIP_EMPTY, "false")
    try:
        rows.write.format("delta").mode("append").option("userMetadata", note.to_json()).save(path)
    finally:
        conf.unset(SKIP_EMPTY)


def properties(spark: SparkSession, path: str) -> dict[str, str]:
    """The table's properties."""
    found: dict[str, str] = DeltaTable.forPath(spark, path).detail().select("properties").collect()[0][0]
    return found


def set_property(spark: SparkSession, path: str, key: str, value: str) -> None:
    spark.sql(f"ALTER TABLE delta.`{path}` SET TBLPROPERTIES ('{key}' = '{value}')")
