"""Bronze to Silver for one subject: every record gets one verdict, once, and keeps it.

Written in this order: quarantine, duplicates, clean, ledger. The ledger closes a micro-batch: past its last offset
nothing is judged yet; where a run ended between these writes, the next one keeps the verdicts that it finds. So nothing
doubles and no verdict changes, however often, and from whatever checkpoint, a micro-batch runs.
"""

import logging
from datetime import UTC, datetime
from functools import reduce

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from ecom.base.settings import Settings
from ecom.contracts import Contract, load_contracts
from ecom.lake import tables
from spark_jobs import commits
from spark_jobs.checkpoints import Checkpoint, choose_checkpoint, source_offsets
from spark_jobs.faults import fail_point
from spark_jobs.streams import WHOLE_PREFIX, UpstreamChangedError, finish
from spark_jobs.tables import ensure, struct
from spark_jobs.transforms.bronze import Position, not_before
from spark_jobs.transforms.parsing import judge
from spark_jobs.transforms.silver import (
    CLEAN,
    DUPLICATE,
    PLACE,
    QUARANTINED,
    ledger_rows,
    unjudged,
    with_verdicts,
)

log = logging.getLogger(__name__)
VERDICTS = {QUARANTINED: tables.quarantine, DUPLICATE: tables.duplicates, CLEAN: tables.clean}
_NOT_CONTENT = ("event_id", "event_date", *PLACE, "ingest_ts")


def run(spark: SparkSession, settings: Settings, *subjects: str) -> None:
    """Judge what Bronze holds now of these subjects, to its end."""
    contracts = load_contracts(settings.ecom_contracts)
    made = (tables.raw, tables.clean, tables.quarantine, tables.duplicates, tables.ledger)
    ensure(spark, settings, *(make(subject) for make in made for subject in subjects))
    try:
        finish([start(spark, settings, subject, contracts[subject]) for subject in subjects])
    except UpstreamChangedError:
        log.info("Bronze was changed by others: all of it is looked at again")
        finish([start(spark, settings, subject, contracts[subject], trusted=False) for subject in subjects])


def start(
    spark: SparkSession, settings: Settings, subject: str, contract: Contract, trusted: bool = True
) -> StreamingQuery:
    """The streaming query of one subject, to the end of what is there now; all of Bronze when the ledger's word is
    not `trusted`. What has a verdict keeps it either way."""
    last = commits.last_commit(spark, tables.ledger(subject).path(settings))
    verdicts = [commits.last_commit(spark, make(subject).path(settings)) for make in VERDICTS.values()]
    trusted = trusted and not any(commit.is_foreign for commit in verdicts)  # a restore, or a delete by hand
    checkpoint = choose_checkpoint(spark, settings, f"silver_{subject}", last.note if trusted else None)
    position = {} if last.is_first else ledger_position(spark, settings, subject)
    interrupted = not trusted or not all(is_closed(commit, last) for commit in verdicts)
    sink = SilverSink(settings, subject, contract, checkpoint, position if trusted else {}, position, interrupted)
    source = spark.readStream.format("delta").options(**WHOLE_PREFIX).load(tables.raw(subject).path(settings))
    return (
        source.writeStream.queryName(checkpoint.job)
        .foreachBatch(sink)
        .option("checkpointLocation", checkpoint.path)
        .trigger(availableNow=True)
        .start()
    )


def ledger_position(spark: SparkSession, settings: Settings, subject: str) -> dict[tuple[str, int], int]:
    """The offset after the last one judged, by topic and partition."""
    ledger = spark.read.format("delta").load(tables.ledger(subject).path(settings))
    greatest = ledger.groupBy("topic", "partition").agg(F.max("last_offset"))
    return {(row[0], row[1]): row[2] + 1 for row in greatest.collect()}


def is_closed(commit: commits.LastCommit, ledger: commits.LastCommit) -> bool:
    """Whether a table of verdicts holds none that the ledger does not count yet, by their last commits: a run that
    ended in between leaves there a micro-batch that is past the ledger's, or another checkpoint's."""
    if commit.is_first:
        return True
    if commit.note is None or ledger.note is None:
        return False
    return commit.note.checkpoint_id == ledger.note.checkpoint_id and commit.note.batch_id <= ledger.note.batch_id


class SilverSink:
    """Judges a micro-batch. `position` is where unjudged records begin, `counted` where the ledger ends;
    `interrupted`: there may be verdicts that the ledger does not count."""

    def __init__(
        self,
        settings: Settings,
        subject: str,
        contract: Contract,
        checkpoint: Checkpoint,
        position: Position,
        counted: Position,
        interrupted: bool,
    ) -> None:
        self.settings, self.subject, self.contract, self.checkpoint = settings, subject, contract, checkpoint
        self.position, self.counted = dict(position), dict(counted)
        self.interrupted = interrupted
        columns = struct(tables.clean(subject)).fieldNames()
        self.content = [name for name in columns if name not in _NOT_CONTENT]

    def __call__(self, raw: DataFrame, batch_id: int) -> None:
        spark, started = raw.sparkSession, datetime.now(UTC)
        sources = source_offsets(spark, self.checkpoint.path, batch_id)
        self.note = commits.CommitNote(self.checkpoint.job, self.checkpoint.id, batch_id, sources)
        past = unjudged(raw, self.position, self._judged_so_far(spark) if self.interrupted else None)
        # Checkpointed, not persisted: planning the judge's many expressions again for each write costs more than rows.
        judged = judge(past.where("verdict is null").drop("verdict"), self.contract).localCheckpoint()
        fresh = with_verdicts(judged, self._first_copies(judged), self.content).localCheckpoint()
        self._write(fresh, past, started, batch_id)

    def _judged_so_far(self, spark: SparkSession) -> DataFrame:
        """Verdicts past the position, left by a run that ended before its ledger entry."""
        found = [
            spark.read.format("delta").load(make(self.subject).path(self.settings))
            .where(not_before(self.position)).select(*PLACE, F.lit(verdict).alias("verdict"))
            for verdict, make in VERDICTS.items()
        ]  # fmt: skip
        return reduce(DataFrame.unionByName, found).localCheckpoint()

    def _first_copies(self, judged: DataFrame) -> DataFrame:
        """Accepted events of the days that the micro-batch touches: copies share their `event_date`."""
        days = [row[0] for row in judged.where(F.size("reasons") == 0).select("event_date").distinct().collect()]
        clean = judged.sparkSession.read.format("delta").load(tables.clean(self.subject).path(self.settings))
        return clean.where(F.col("event_date").isin(days))

    def _write(self, fresh: DataFrame, past: DataFrame, started: datetime, batch_id: int) -> None:
        spark, job = fresh.sparkSession, self.checkpoint.job
        now = F.current_timestamp()
        counts = {row["verdict"]: row["count"] for row in fresh.groupBy("verdict").count().collect()}
        quarantined = fresh.withColumn("quarantined_ts", now)
        repeated = fresh.withColumn("duplicate_ts", now)
        for name, verdict, rows, table in (
            ("quarantine", QUARANTINED, quarantined, tables.quarantine(self.subject)),
            ("duplicates", DUPLICATE, repeated, tables.duplicates(self.subject)),
            ("clean", CLEAN, fresh, tables.clean(self.subject)),
        ):
            fail_point(spark, f"{job}.before_{name}")
            if counts.get(verdict):
                self._append(rows.where(F.col("verdict") == verdict), table)
        fail_point(spark, f"{job}.before_ledger")
        self._close(fresh, past, started, batch_id)
        fail_point(spark, f"{job}.after_ledger")

    def _append(self, rows: DataFrame, table: tables.Table) -> None:
        columns = [F.col(c.name).cast(c.dataType).alias(c.name) for c in struct(table).fields]
        commits.append(rows.select(*columns), table.path(self.settings), self.note)

    def _close(self, fresh: DataFrame, past: DataFrame, started: datetime, batch_id: int) -> None:
        """The ledger's entry, over what it has not counted yet."""
        place_and_verdict = [*PLACE, "verdict"]
        verdicts = fresh.select(*place_and_verdict).unionByName(
            past.where("verdict is not null").select(*place_and_verdict)
        )
        entry = ledger_rows(verdicts.where(not_before(self.counted))).select(
            F.lit(batch_id).alias("batch_id"),
            F.lit(self.checkpoint.id).alias("checkpoint_id"),
            "*",
            F.lit(started).alias("started_ts"),
            F.current_timestamp().alias("finished_ts"),
        )
        # Written as it was counted. Rows sent back from here would take a Python on the executors to write.
        entry = entry.localCheckpoint()
        rows: list[Row] = entry.collect()
        totals = {v: sum(row[v] for row in rows) for v in ("rows_in", CLEAN, DUPLICATE, QUARANTINED)}
        log.info("%s: %s", self.checkpoint.job, ", ".join(f"{n:,} {v}" for v, n in totals.items()))
        self._append(entry, tables.ledger(self.subject))
        self.counted |= {(row["topic"], row["partition"]): row["last_offset"] + 1 for row in rows}
        self.position = {**self.position, **self.counted}
        self.interrupted = False
