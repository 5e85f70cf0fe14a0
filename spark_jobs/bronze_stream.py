"""Kafka to `bronze_raw`: every record as received, once.

    spark-submit spark_jobs/bronze_stream.py

The next offset of each partition comes from the table, never from the checkpoint alone, and a micro-batch appends only
from there on: a repeated or wider micro-batch, from whatever checkpoint, adds nothing twice.
"""

import json
import logging
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote, kafka_ends
from ecom.lake.kafka import TopicState, topic_ids, topic_state
from ecom.lake.topics import ensure_topics
from spark_jobs import commits
from spark_jobs.checkpoints import Checkpoint, choose_checkpoint, source_offsets
from spark_jobs.commits import LastCommit
from spark_jobs.faults import fail_point
from spark_jobs.job import main
from spark_jobs.maintenance import compact
from spark_jobs.pulse import Pulse
from spark_jobs.streams import finish
from spark_jobs.tables import ensure
from spark_jobs.transforms.bronze import Position, as_received, not_before

log = logging.getLogger(__name__)
MAX_OFFSETS_PER_TRIGGER = 1_000_000
COMPACT_EVERY = 100  # commits: what a stream leaves in eight minutes of its default trigger


def run(spark: SparkSession, settings: Settings, accept_loss: bool = False) -> None:
    """Read both topics to the end of what is there now. Missing topics are made on a local broker, else refused."""
    ensure_topics(settings)
    ensure(spark, settings, *(tables.raw(subject) for subject in tables.SUBJECTS))
    queries = [start(spark, settings, subject, accept_loss) for subject in tables.SUBJECTS]
    finish(queries)


def start(
    spark: SparkSession,
    settings: Settings,
    subject: str,
    accept_loss: bool = False,
    trigger: dict[str, Any] | None = None,
    pulse: Pulse | None = None,
) -> StreamingQuery:
    """One streaming query a topic, to the end of what is there now unless `trigger` says otherwise. Raises EcomError
    when offsets were lost or the topic is another one."""
    table, topic = tables.raw(subject).path(settings), settings.topics[subject]
    state = topic_state(settings, topic)
    last = commits.last_commit(spark, table)
    note = last.note if last.note and any(name == topic for name, _ in last.note.kafka_ends()) else None
    _check_topic_id(state, _known_topic_id(spark, table, state, last, note))
    position = _next_offsets(spark, table, last, note)
    _check_nothing_lost(state, position, accept_loss)
    checkpoint = choose_checkpoint(spark, settings, f"bronze_{subject}", None if accept_loss else note)
    source = spark.readStream.format("kafka").options(**_kafka_options(settings, state, position)).load()
    sink = BronzeSink(settings, topic, state.id, table, checkpoint, position, pulse or Pulse())
    return (
        source.writeStream.queryName(checkpoint.job)
        .foreachBatch(sink)
        .option("checkpointLocation", checkpoint.path)
        .trigger(**(trigger or {"availableNow": True}))
        .start()
    )


class BronzeSink:
    """Appends what the table does not have yet; the commit notes how far the topic was read. The table has no other
    writer while this runs, so it is compacted here, between micro-batches."""

    def __init__(
        self,
        settings: Settings,
        topic: str,
        topic_id: str,
        table: str,
        checkpoint: Checkpoint,
        position: Position,
        pulse: Pulse,
    ) -> None:
        self.settings, self.topic, self.topic_id, self.table = settings, topic, topic_id, table
        self.checkpoint, self.position, self.pulse = checkpoint, dict(position), pulse
        self.pulse.move(self.position)
        self.commits = 0

    def __call__(self, records: DataFrame, batch_id: int) -> None:
        spark, job = records.sparkSession, self.checkpoint.job
        self.pulse.move()
        new = as_received(records).where(not_before(self.position)).persist()
        try:
            count = new.count()  # read before the id is looked up: then every record came from the topic with that id
            self.pulse.move()
            self._check_same_topic()
            sources = source_offsets(spark, self.checkpoint.path, batch_id)
            fail_point(spark, f"{job}.before_append")
            note = CommitNote(job, self.checkpoint.id, batch_id, sources, self.topic_id)
            commits.append(new, self.table, note)
            fail_point(spark, f"{job}.after_append")
            log.info("%s: %s records of %s received", job, f"{count:,}", self.topic)
        finally:
            new.unpersist()
        self.position |= kafka_ends(sources)
        self.pulse.move(self.position)
        self.commits += 1
        if self.commits % COMPACT_EVERY == 0:
            compact(spark, self.table)
            self.pulse.move()

    def _check_same_topic(self) -> None:
        now = topic_ids(self.settings, [self.topic]).get(self.topic)
        if now != self.topic_id:
            raise recreated(self.topic, self.topic_id, now)


def _next_offsets(spark: SparkSession, table: str, last: LastCommit, note: CommitNote | None) -> Position:
    """The offset after the last one received, by topic and partition. The last commit's `note` says it where that is
    about our topic (and knows of transaction markers at the end), else the rows do."""
    if last.is_first:
        return {}
    if note:
        return note.kafka_ends()
    greatest = spark.read.format("delta").load(table).groupBy("topic", "partition").agg(F.max("offset"))
    return {(row[0], row[1]): row[2] + 1 for row in greatest.collect()}


def _kafka_options(settings: Settings, state: TopicState, position: Position) -> dict[str, Any]:
    starts = {str(p): max(position.get((state.name, p), low), low) for p, low in state.low.items()}
    return {
        "kafka.bootstrap.servers": settings.bootstrap,
        "subscribe": state.name,
        "startingOffsets": json.dumps({state.name: starts}),
        "failOnDataLoss": "true",
        "includeHeaders": "true",
        "kafka.isolation.level": "read_committed",
        "maxOffsetsPerTrigger": MAX_OFFSETS_PER_TRIGGER,
    }


def _known_topic_id(
    spark: SparkSession, table: str, state: TopicState, last: LastCommit, note: CommitNote | None
) -> str:
    """The id that the last commit notes, else the table's property, which the topic's first run sets."""
    if note and note.topic_id:
        return note.topic_id
    key = f"ecom.topic_id.{state.name}"
    known = None if last.is_first else commits.properties(spark, table).get(key)
    if known is None:
        commits.set_property(spark, table, key, state.id)
    return known or state.id


def _check_topic_id(state: TopicState, known: str) -> None:
    if known != state.id:
        raise recreated(state.name, known, state.id)


def recreated(topic: str, known: str, now: str | None) -> EcomError:
    return EcomError(
        f"Topic {topic} was deleted or recreated (its id was {known}, now {now or 'it is gone'}); nothing was read. "
        "Two ways on: send events to a topic with a new name and set TOPIC_ORDER_EVENTS or TOPIC_PAYMENT_EVENTS to it "
        "(history stays), or start over on an empty lake (another LAKEHOUSE_URI, or `make clean` for the local one)."
    )


def _check_nothing_lost(state: TopicState, position: Position, accept_loss: bool) -> None:
    for partition, low in state.low.items():
        expected = position.get((state.name, partition))
        if expected is None:
            continue
        if state.high[partition] < expected:
            raise EcomError(
                f"Topic {state.name}, partition {partition} ends at offset {state.high[partition]}, but records up to "
                f"{expected - 1} were received; the broker lost records. Two ways on: restore the broker's log, or "
                "send events to a topic with a new name and set TOPIC_ORDER_EVENTS or TOPIC_PAYMENT_EVENTS to it."
            )
        if low > expected and not accept_loss:
            raise EcomError(
                f"Topic {state.name}, partition {partition}: offsets {expected} to {low - 1} aged out before they were "
                "received; nothing was read. Two ways on: bring the records back (restore the topic's log, or have the "
                "producer send them again), or accept that they are gone with `ecom run bronze --accept-loss`; "
                "`ecom account` will list them as expired."
            )


if __name__ == "__main__":
    main("bronze_stream", run)
