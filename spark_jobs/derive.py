"""Clean tables to the tables derived from them: each one declarative aggregation, kept up to date as a stream.

    spark-submit spark_jobs/derive.py              # all
    spark-submit spark_jobs/derive.py order_state  # one

Every micro-batch is a whole prefix of all clean tables, and one MERGE into the table: all advance together. The MERGE
takes a row only when it counts more events than the stored one, and looks only into the partitions of the key's own
events, unless the last commit is not the micro-batch before this one: then it looks everywhere.
"""

import logging
import sys
import uuid
from collections.abc import Iterable

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.catalog import publish
from ecom.lake.commit_note import CommitNote
from ecom.lake.delta_log import DeltaLog
from ecom.lake.pending import read_version
from ecom.lake.s3 import Bucket
from ecom.lake.tables import GENERATION, REVISION
from spark_jobs import commits
from spark_jobs.checkpoints import Checkpoint, choose_checkpoint, source_offsets
from spark_jobs.derived import Derived, all_derived, computable
from spark_jobs.faults import fail_point
from spark_jobs.job import main
from spark_jobs.registry import lake_of
from spark_jobs.streams import WHOLE_PREFIX, CheckpointLostError, UpstreamChangedError, finish
from spark_jobs.tables import ensure, struct

log = logging.getLogger(__name__)


def run(spark: SparkSession, settings: Settings, derived: Derived, contracts: dict[str, Contract]) -> None:
    """Bring the table up to date with the clean tables; where others changed those, it is computed anew."""
    clean = derived.sources(contracts)
    ensure(spark, settings, *clean, derived.table)
    if why := _must_rebuild(spark, settings, derived, clean):
        log.info("%s is computed anew: %s", derived.table, why)
        _replace(spark, settings, derived, clean)
    try:
        _follow(spark, settings, derived, clean)
    except CheckpointLostError as error:
        log.info("%s goes on from its table with a fresh checkpoint: %s", derived.job, error)
        _follow(spark, settings, derived, clean, trusted=False)
    except UpstreamChangedError as error:
        log.info("%s is computed anew: %s", derived.table, error)
        rebuild(spark, settings, derived, contracts)


def rebuild(spark: SparkSession, settings: Settings, derived: Derived, contracts: dict[str, Contract]) -> None:
    """Recompute the table whole, in one commit, with a new generation: the way to take events back."""
    clean = derived.sources(contracts)
    ensure(spark, settings, *clean, derived.table)
    _replace(spark, settings, derived, clean)
    _follow(spark, settings, derived, clean)


def _must_rebuild(spark: SparkSession, settings: Settings, derived: Derived, clean: list[tables.Table]) -> str | None:
    """Why what is stored cannot be gone on from: it was computed otherwise, or from tables that others changed."""
    path, last = derived.table.path(settings), DeltaLog(settings, str(derived.table)).last
    if last is None or (last.is_first and last.note is None):
        return None
    if commits.properties(spark, path).get(REVISION, "1") != str(derived.revision):
        return "its definition is another since a newer release"
    note = DeltaLog(settings, str(derived.table)).newest_note(derived.job)
    for table, source in zip(clean, note.sources if note else (), strict=False):
        read = read_version(source)
        if read is not None and DeltaLog(settings, str(table)).changed_by_others(read):
            return f"{table} was changed by others"
    return None


def _follow(
    spark: SparkSession, settings: Settings, derived: Derived, clean: list[tables.Table], trusted: bool = True
) -> None:
    last = DeltaLog(settings, str(derived.table)).last
    note = last.note if last is not None and trusted else None
    checkpoint = choose_checkpoint(settings, derived.job, note)
    streams = [spark.readStream.format("delta").options(**WHOLE_PREFIX).load(table.path(settings)) for table in clean]
    query = (
        derived.rows(*streams).writeStream.queryName(derived.job)
        .outputMode("update")
        .foreachBatch(DerivedSink(settings, derived, checkpoint))
        .option("checkpointLocation", checkpoint.path)
        .trigger(availableNow=True)
        .start()
    )  # fmt: skip
    finish([query])


def _replace(spark: SparkSession, settings: Settings, derived: Derived, clean: list[tables.Table]) -> None:
    read = [spark.read.format("delta").load(table.path(settings)) for table in clean]
    now = F.current_timestamp().alias("updated_ts")
    columns = struct(derived.table).fieldNames()
    derived.rows(*read).select("*", now).select(*columns).createOrReplaceTempView("rebuilt")
    properties = derived.table.properties | {GENERATION: str(uuid.uuid4())}
    listed = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
    partitions = ", ".join(derived.table.partitioned_by)
    spark.sql(
        f"CREATE OR REPLACE TABLE delta.`{derived.table.path(settings)}` USING delta "
        + (f"PARTITIONED BY ({partitions}) " if partitions else "")
        + f"TBLPROPERTIES ({listed}) AS SELECT * FROM rebuilt"
    )
    fail_point(spark, f"{derived.job}.after_rebuild")


class DerivedSink:
    """One guarded MERGE a micro-batch."""

    def __init__(self, settings: Settings, derived: Derived, checkpoint: Checkpoint) -> None:
        self.settings, self.derived, self.checkpoint = settings, derived, checkpoint
        self.path, self.bucket = derived.table.path(settings), Bucket(settings)

    def __call__(self, touched: DataFrame, batch_id: int) -> None:
        spark, job = touched.sparkSession, self.derived.job
        rows = touched.withColumn("updated_ts", F.current_timestamp()).persist()
        try:
            count = rows.count()  # whole and once: a second evaluation would feed the state twice
            sources = source_offsets(self.bucket, self.checkpoint.key, batch_id)
            note = CommitNote(job, self.checkpoint.id, batch_id, sources)
            last = DeltaLog(self.settings, str(self.derived.table), self.bucket)
            fail_point(spark, f"{job}.before_merge")
            with commits.noted(spark, note):
                self._merge(rows, self._months(rows) if last.last and follows(last.last.note, note) else None)
                if DeltaLog(self.settings, str(self.derived.table), self.bucket).version == last.version:
                    # Nothing was new: the commit still has to say how far the clean tables were read.
                    commits.set_property(spark, self.path, "ecom.checked", f"{self.checkpoint.id}/{batch_id}")
            fail_point(spark, f"{job}.after_merge")
            log.info("%s: %s rows of %s touched", job, f"{count:,}", self.derived.table)
        finally:
            rows.unpersist()

    def _months(self, rows: DataFrame) -> list[str] | None:
        """The partitions in which the old rows of the touched keys lie; None: anywhere."""
        months = self.derived.months
        if months is None:
            return None
        return sorted(row[0].isoformat() for row in rows.select(F.explode(months)).distinct().collect())

    def _merge(self, rows: DataFrame, months: list[str] | None) -> None:
        names, count = struct(self.derived.table).fieldNames(), self.derived.count
        columns: dict[str, str | Column] = {name: f"s.{name}" for name in names}
        (
            DeltaTable.forPath(rows.sparkSession, self.path).alias("t")
            .merge(rows.alias("s"), same_key(self.derived, months))
            .whenMatchedUpdate(f"s.{count} > t.{count}", set=columns)
            .whenNotMatchedInsert(values=columns)
            .execute()
        )  # fmt: skip


def follows(last: CommitNote | None, this: CommitNote) -> bool:
    """True when the table stands at this micro-batch or directly before it: then its old rows lie in known months."""
    if last is None or last.checkpoint_id != this.checkpoint_id:
        return False
    return last.batch_id in (this.batch_id, this.batch_id - 1)


def same_key(derived: Derived, months: list[str] | None) -> Column:
    condition = F.col(f"t.{derived.key}") == F.col(f"s.{derived.key}")
    if months is None:
        return condition
    partition = derived.table.partitioned_by[0]
    return condition & F.col(f"t.{partition}").isin([F.lit(month).cast("date") for month in months])


def run_all(spark: SparkSession, settings: Settings, chosen: Iterable[str] = ()) -> None:
    """Every derived table that the contracts allow, or those named; what cannot be computed is told at the end, and
    holds up no other. Then Trino learns of tables that it does not know, and of the views."""
    contracts = load_datasets(settings)
    names = list(chosen) or [derived.table.name for derived in all_derived()]
    able, refused = computable(contracts)
    for derived in able:
        if derived.table.name in names:
            run(spark, settings, derived, contracts)
    lake = lake_of(contracts)
    ensure(spark, settings, *lake.tables)
    publish(settings, lake.tables, lake.views)
    if refused:
        raise EcomError("\n".join(refused))


if __name__ == "__main__":
    named = sys.argv[1:]
    jobs = {derived.table.name: derived.job for derived in all_derived()}
    main(jobs.get(named[0], named[0]) if named else "derive", lambda spark, settings: run_all(spark, settings, named))
