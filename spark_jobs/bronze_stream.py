"""Sources to `bronze_raw`: every record as received, once.

    spark-submit spark_jobs/bronze_stream.py

The next offset of each partition comes from the table, never from the checkpoint alone, and a micro-batch appends only
from there on: a repeated or wider micro-batch, from whatever checkpoint, adds nothing twice.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote, Position, nested
from ecom.lake.s3 import Bucket
from ecom.lake.topics import ensure_topics
from spark_jobs import commits
from spark_jobs.bronze_position import Received, check_nothing_lost, note_loss, received, recreated
from spark_jobs.checkpoints import Checkpoint, choose_checkpoint, source_offsets
from spark_jobs.faults import fail_point
from spark_jobs.job import main
from spark_jobs.maintenance import compact
from spark_jobs.pulse import Pulse
from spark_jobs.sources import Source
from spark_jobs.sources.registry import source_of
from spark_jobs.streams import finish_each
from spark_jobs.tables import ensure
from spark_jobs.transforms.bronze import as_received, not_before

log = logging.getLogger(__name__)
COMPACT_EVERY = 100  # commits: what a stream leaves in eight minutes of its default trigger


def run(
    spark: SparkSession,
    settings: Settings,
    contracts: Iterable[Contract] | None = None,
    accept_loss: bool = False,
    again: bool = False,
) -> None:
    """Read each dataset's source to the end of what is there now; what one of them lost holds up no other. `again`:
    look at all that the sources still have, and receive what Bronze lacks.

    Missing topics are made on a local broker, else refused. Raises EcomError: which failed and why, which were read.
    """
    chosen = list(load_datasets(settings).values() if contracts is None else contracts)
    ensure_topics(settings, chosen)
    ensure(spark, settings, *(tables.raw(contract.dataset) for contract in chosen))
    failures, streams = dict[str, EcomError](), dict[str, BronzeStream]()
    try:
        for contract in chosen:
            try:
                streams[contract.topic] = start(spark, settings, contract, accept_loss, again)
            except EcomError as error:
                failures[contract.topic] = error
        failures |= finish_each({topic: stream.query for topic, stream in streams.items()})
    finally:
        for stream in streams.values():  # none outlives the lock that the caller holds
            stream.query.stop()
    for contract in chosen:
        if contract.topic not in failures and (accept_loss or streams[contract.topic].sink.is_changed):
            note_loss(spark, settings, tables.raw(contract.dataset), accept_loss)
    if failures:
        raise _failure(failures, [contract.topic for contract in chosen if contract.topic not in failures])


def _failure(failures: dict[str, EcomError], read: list[str]) -> EcomError:
    others = f" Meanwhile {', '.join(read)} {'was' if len(read) == 1 else 'were'} read." if read else ""
    return EcomError("\n".join(map(str, failures.values())) + others, next(iter(failures.values())).code)


def start(
    spark: SparkSession,
    settings: Settings,
    contract: Contract,
    accept_loss: bool = False,
    again: bool = False,
    trigger: dict[str, Any] | None = None,
    pulse: Pulse | None = None,
) -> "BronzeStream":
    """One dataset's streaming query, to the end of what is there now unless `trigger` says otherwise. Raises EcomError
    when offsets were lost or the source is another one."""
    table, source = tables.raw(contract.dataset), source_of(settings, contract)
    state = source.state()
    known = received(spark, settings, table, state, again)
    if known.source_id not in (None, state.id):
        raise recreated(contract, str(known.source_id), state.id)
    check_nothing_lost(contract, state, known.position, accept_loss)
    job = f"bronze_{contract.dataset}"
    checkpoint = choose_checkpoint(settings, job, None if accept_loss or known.is_changed else known.note)
    sink = BronzeSink(settings, contract, source, state.id, checkpoint, known, pulse or Pulse())
    query = (
        source.stream(spark, state, known.start).writeStream.queryName(job)
        .foreachBatch(sink)
        .option("checkpointLocation", checkpoint.path)
        .trigger(**(trigger or {"availableNow": True}))
        .start()
    )  # fmt: skip
    return BronzeStream(query, sink)


@dataclass(frozen=True)
class BronzeStream:
    """A running query and its sink."""

    query: StreamingQuery
    sink: "BronzeSink"


class BronzeSink:
    """Appends what the table does not have yet; the commit notes how far the source was read. The table has no other
    writer while this runs, so it is compacted here, between micro-batches."""

    def __init__(
        self,
        settings: Settings,
        contract: Contract,
        source: Source,
        source_id: str,
        checkpoint: Checkpoint,
        known: Received,
        pulse: Pulse,
    ) -> None:
        self.contract, self.source, self.source_id = contract, source, source_id
        self.settings, self.table = settings, tables.raw(contract.dataset)
        self.path, self.checkpoint, self.pulse = self.table.path(settings), checkpoint, pulse
        self.position, self.rows, self.is_changed = dict(known.position), dict(known.rows), known.is_changed
        self.lost, self.accepted = (known.note.lost, known.note.accepted) if known.note else (None, None)
        self.bucket = Bucket(settings)
        self.pulse.move(self.position)
        self.commits = 0

    def __call__(self, records: DataFrame, batch_id: int) -> None:
        spark, job = records.sparkSession, self.checkpoint.job
        self.pulse.move()
        new = self._new(records).persist()
        try:
            # Counted before the id is looked up: then every record came from the source with that id.
            counts = self._counts(new)
            self.pulse.move()
            self._check_same_source()
            sources = source_offsets(self.bucket, self.checkpoint.key, batch_id)
            fail_point(spark, f"{job}.before_append")
            rows = self.rows | {place: self.rows.get(place, 0) + count for place, count in counts.items()}
            note = CommitNote(
                job,
                self.checkpoint.id,
                batch_id,
                sources,
                topic_id=self.source_id,
                rows=nested(rows),
                lost=self.lost,
                accepted=self.accepted,
                again=True if self.is_changed else None,
            )
            commits.append(new, self.path, note)
            fail_point(spark, f"{job}.after_append")
            log.info("%s: %s records of %s received", job, f"{sum(counts.values()):,}", self.source.name)
        finally:
            new.unpersist()
        self.position |= self.source.reached(sources)
        self.rows = rows
        self.pulse.move(self.position)
        self._compact(spark)

    def _new(self, records: DataFrame) -> DataFrame:
        """What the table lacks: all past the position, and, where others changed the table, also before it."""
        new = as_received(records, F.current_timestamp())
        if not self.is_changed:
            return new.where(not_before(self.position))
        place = ["topic", "partition", "offset"]
        there = records.sparkSession.read.format("delta").load(self.path).select(*place)
        return new.join(there, place, "left_anti")

    def _counts(self, new: DataFrame) -> Position:
        """By topic and partition. What came again after others had taken it was counted when it came first."""
        is_first = F.when(not_before(self.position), 1)
        counts = new.groupBy("topic", "partition").agg(F.count(is_first)).collect()
        return {(row[0], row[1]): row[2] for row in counts}

    def _compact(self, spark: SparkSession) -> None:
        self.commits += 1
        if self.commits % COMPACT_EVERY == 0:
            compact(spark, self.settings, self.table)
            self.pulse.move()

    def _check_same_source(self) -> None:
        now = self.source.known_id()
        if now != self.source_id:
            raise recreated(self.contract, self.source_id, now)


if __name__ == "__main__":
    main("bronze_stream", run)
