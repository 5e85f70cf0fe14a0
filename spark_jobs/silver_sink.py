"""One micro-batch of Silver: judged, compared with what was accepted before, written, and closed by the ledger."""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F

from ecom.base.settings import Settings
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote, Position, nested
from ecom.lake.delta_log import Commit, DeltaLog
from ecom.lake.s3 import Bucket
from spark_jobs import commits
from spark_jobs.checkpoints import Checkpoint, source_offsets
from spark_jobs.current import keep_latest
from spark_jobs.faults import fail_point
from spark_jobs.tables import struct
from spark_jobs.transforms.bronze import not_before
from spark_jobs.transforms.judging import PLACE, RECORD, judge
from spark_jobs.transforms.silver import (
    CLEAN,
    DUPLICATE,
    IDENTITY,
    QUARANTINED,
    as_verdict,
    identity_hash,
    ledger_rows,
    one_of_each,
    unjudged,
    with_verdicts,
)

log = logging.getLogger(__name__)
_NOT_CONTENT = ("event_id", "event_date", *PLACE, "ingest_ts", "conflicts_with")
_HASH = "_identity"


@dataclass(frozen=True)
class Start:
    """Where a run begins. `position`: unjudged records begin there, `counted`: the ledger ends there; `is_interrupted`:
    there may be verdicts that the ledger does not count. `looks_at_all`: at all of Bronze, with a fresh checkpoint."""

    ledger: Commit
    position: Position
    counted: Position
    is_interrupted: bool
    looks_at_all: bool


class SilverSink:
    """Judges a micro-batch of one dataset."""

    def __init__(self, settings: Settings, contract: Contract, checkpoint: Checkpoint, began: Start) -> None:
        self.settings, self.contract, self.checkpoint = settings, contract, checkpoint
        self.position, self.counted = dict(began.position), dict(began.counted)
        self.is_interrupted = began.is_interrupted
        self.verdicts = tables.verdicts(contract)
        columns = struct(self.verdicts[CLEAN]).fieldNames()
        self.content = [name for name in columns if name not in _NOT_CONTENT]
        self.bucket = Bucket(settings)

    def __call__(self, raw: DataFrame, batch_id: int) -> None:
        spark, started = raw.sparkSession, datetime.now(UTC)
        sources = source_offsets(self.bucket, self.checkpoint.key, batch_id)
        self.note = CommitNote(self.checkpoint.job, self.checkpoint.id, batch_id, sources)
        past = unjudged(raw, self.position, self._judged_so_far(spark) if self.is_interrupted else None)
        # Once: each of the writes below would judge again.
        judged = judge(past.where("verdict is null").drop("verdict"), self.contract).localCheckpoint()
        fresh = self._verdicts(judged)
        self._write(spark, fresh, raw)
        self._close(fresh, past, started)

    def _judged_so_far(self, spark: SparkSession) -> DataFrame:
        """Verdicts past the position, left by a run that ended before its ledger entry."""
        found = [
            spark.read.format("delta").load(table.path(self.settings))
            .where(not_before(self.position)).select(*PLACE, F.lit(verdict).alias("verdict"))
            for verdict, table in self.verdicts.items()
        ]  # fmt: skip
        return reduce(DataFrame.unionByName, found).localCheckpoint()

    def _verdicts(self, judged: DataFrame) -> DataFrame:
        """Only what may be repeated is compared with its copies: most events come once."""
        is_good = F.size("reasons") == 0
        bad = as_verdict(judged.where(~is_good), QUARANTINED)
        good = judged.where(is_good).withColumn(_HASH, identity_hash(IDENTITY))
        days = [row[0] for row in good.select("event_date").distinct().collect()]
        accepted = self._accepted(judged.sparkSession).where(F.col("event_date").isin(days))
        known = accepted.withColumn(_HASH, identity_hash(IDENTITY))
        suspects = _repeated(good, known)
        clean = as_verdict(good.join(suspects, _HASH, "left_anti").drop(_HASH), CLEAN)
        compared = with_verdicts(
            good.join(suspects, _HASH, "left_semi").drop(_HASH), known.join(suspects, _HASH, "left_semi"), self.content
        )
        verdicts = clean.unionByName(compared).unionByName(bad)
        return self._each_movement_once(verdicts).localCheckpoint()

    def _each_movement_once(self, verdicts: DataFrame) -> DataFrame:
        """Where the contract says that equal columns are one event told again."""
        identity = self.contract.identity
        if not identity:
            return verdicts
        rows = verdicts.withColumn(_HASH, F.when(F.col("verdict") == CLEAN, identity_hash(identity))).localCheckpoint()
        known = self._accepted(verdicts.sparkSession).withColumn(_HASH, identity_hash(identity))
        suspects = _repeated(rows, known)
        known = known.join(suspects, _HASH, "left_semi")
        once = one_of_each(rows.join(suspects, _HASH, "left_semi"), known, identity)
        return rows.join(suspects, _HASH, "left_anti").unionByName(once).drop(_HASH)

    def _accepted(self, spark: SparkSession) -> DataFrame:
        return spark.read.format("delta").load(self.verdicts[CLEAN].path(self.settings))

    def _write(self, spark: SparkSession, fresh: DataFrame, raw: DataFrame) -> None:
        job, now = self.checkpoint.job, F.current_timestamp()
        counts = {row["verdict"]: row["count"] for row in fresh.groupBy("verdict").count().collect()}
        quarantined = self._with_record(fresh.where(F.col("verdict") == QUARANTINED), raw)
        writes = {
            "quarantine": (QUARANTINED, quarantined.withColumn("quarantined_ts", now)),
            "duplicates": (DUPLICATE, fresh.where(F.col("verdict") == DUPLICATE).withColumn("duplicate_ts", now)),
            "clean": (CLEAN, fresh.where(F.col("verdict") == CLEAN)),
        }
        for name, (verdict, rows) in writes.items():
            fail_point(spark, f"{job}.before_{name}")
            if counts.get(verdict):
                self._append(rows, self.verdicts[verdict], self.note)
        if self.contract.keep == "latest":
            self._keep_latest(spark, writes["clean"][1])
        fail_point(spark, f"{job}.before_ledger")

    def _keep_latest(self, spark: SparkSession, accepted: DataFrame) -> None:
        """Also of what a run accepted that ended before it came to this."""
        if self.is_interrupted:
            accepted = self._accepted(spark).where(not_before(self.counted))
        keep_latest(self.settings, self.contract, accepted, self.note)

    def _with_record(self, quarantined: DataFrame, raw: DataFrame) -> DataFrame:
        """The record itself, which the judge leaves out of what it accepts: a conflict is found only later."""
        return quarantined.drop(*RECORD).join(raw.select(*PLACE, *RECORD), list(PLACE))

    def _append(self, rows: DataFrame, table: tables.Table, note: CommitNote) -> None:
        columns = [F.col(c.name).cast(c.dataType).alias(c.name) for c in struct(table).fields]
        commits.append(rows.select(*columns), table.path(self.settings), note)

    def _close(self, fresh: DataFrame, past: DataFrame, started: datetime) -> None:
        """The ledger's entry, over what it has not counted yet."""
        place_and_verdict = [*PLACE, "verdict"]
        verdicts = fresh.select(*place_and_verdict)
        if self.is_interrupted:
            verdicts = verdicts.unionByName(past.where("verdict is not null").select(*place_and_verdict))
        entry = ledger_rows(verdicts.where(not_before(self.counted))).select(
            F.lit(self.note.batch_id).alias("batch_id"),
            F.lit(self.checkpoint.id).alias("checkpoint_id"),
            "*",
            F.lit(started).alias("started_ts"),
            F.current_timestamp().alias("finished_ts"),
        )
        entry = entry.localCheckpoint()  # written as it was counted
        rows: list[Row] = entry.collect()
        totals = {v: sum(row[v] for row in rows) for v in ("rows_in", CLEAN, DUPLICATE, QUARANTINED)}
        log.info("%s: %s", self.checkpoint.job, ", ".join(f"{n:,} {v}" for v, n in totals.items()))
        self.counted |= {(row["topic"], row["partition"]): row["last_offset"] + 1 for row in rows}
        versions = {name: DeltaLog(self.settings, str(table)).version for name, table in self.verdicts.items()}
        note = replace(self.note, judged=nested(self.counted), versions=versions)
        if rows:
            self._append(entry, tables.ledger(self.contract.dataset), note)
        fail_point(fresh.sparkSession, f"{self.checkpoint.job}.after_ledger")
        self.position = {**self.position, **self.counted}
        self.is_interrupted = False


def _repeated(rows: DataFrame, known: DataFrame) -> DataFrame:
    """Identities, by their hash, that are more than once among `rows`, or among the `known`."""
    hashes = rows.where(F.col(_HASH).isNotNull()).select(_HASH)
    twice = hashes.groupBy(_HASH).count().where("count > 1").select(_HASH)
    before = known.select(_HASH).join(hashes, _HASH, "left_semi")
    return twice.union(before).distinct().localCheckpoint()
