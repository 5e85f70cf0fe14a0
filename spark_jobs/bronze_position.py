"""How far Bronze has received a source, by its table: and whether others have changed that table since."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from ecom.base.errors import EcomError
from ecom.base.settings import Settings, topic_setting
from ecom.contracts.model import Contract
from ecom.lake.commit_note import CommitNote, Position, flat, nested
from ecom.lake.delta_log import DeltaLog
from ecom.lake.tables import Table
from spark_jobs import commits
from spark_jobs.sources import SourceState

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Received:
    """`position`: the offset after the last one received, by topic and partition. `rows`: how many records that are in
    all. `is_changed`: others took rows from the table, so that all that the source still has is looked at again."""

    note: CommitNote | None
    source_id: str | None
    position: Position
    rows: Position
    is_changed: bool

    @property
    def start(self) -> Position:
        return {} if self.is_changed else self.position


def received(
    spark: SparkSession, settings: Settings, table: Table, state: SourceState, again: bool = False
) -> Received:
    """By the last commit's note where that is about this source (it knows of transaction markers at the end), else by
    the rows. `again`: as if others had changed the table."""
    log_of_table, path = DeltaLog(settings, str(table)), table.path(settings)
    last = log_of_table.last
    if last is None or last.is_first:
        return Received(None, None, {}, {}, is_changed=False)
    note = log_of_table.newest_note()
    if note is not None and not any(topic == state.name for topic, _ in note.kafka_ends()):
        note = None
    counted = rows_of(spark, path) if note is None or note.rows is None else None
    if note is None:
        return Received(
            None, _property(spark, path, state), _after_rows(spark, path), counted or {}, last.is_foreign or again
        )
    rows = flat(note.rows) if counted is None else counted
    there = spark.read.format("delta").load(path).count()
    missing = sum(rows.values()) - sum(flat(note.lost).values()) - there
    is_changed = last.is_foreign or missing > 0 or again
    if is_changed and not again:
        log.warning("%s was changed by others: what %s still has and it lacks is received again", table, state.name)
    return Received(note, note.topic_id or _property(spark, path, state), note.kafka_ends(), rows, is_changed)


def note_loss(spark: SparkSession, settings: Settings, table: Table, accept_loss: bool) -> None:
    """After all was looked at again: what is still missing is gone. It stays in the note, and in the account, until it
    is accepted."""
    path, note = table.path(settings), DeltaLog(settings, str(table)).newest_note()
    if note is None:
        return
    there, expected = rows_of(spark, path), flat(note.rows)
    lost = {place: count - there.get(place, 0) for place, count in expected.items() if count > there.get(place, 0)}
    settled = replace(note, lost=nested(lost))
    if accept_loss:
        accepted = flat(note.accepted)
        accepted |= {place: accepted.get(place, 0) + count for place, count in lost.items()}
        settled = replace(note, rows=nested(there), lost=None, accepted=nested(accepted))
    with commits.noted(spark, settled):
        commits.set_property(spark, path, "ecom.checked", f"{note.checkpoint_id}/{note.batch_id}")
    for (topic, partition), count in lost.items():
        log.warning(
            "%s records of %s-%s were received and then taken by others, and are gone%s.",
            count,
            topic,
            partition,
            ", which is accepted" if accept_loss else "",
        )


def rows_of(spark: SparkSession, path: str) -> Position:
    """Rows by topic and partition."""
    counts = spark.read.format("delta").load(path).groupBy("topic", "partition").count()
    return {(row[0], row[1]): row[2] for row in counts.collect()}


def _after_rows(spark: SparkSession, path: str) -> Position:
    greatest = spark.read.format("delta").load(path).groupBy("topic", "partition").agg(F.max("offset"))
    return {(row[0], row[1]): row[2] + 1 for row in greatest.collect()}


def _property(spark: SparkSession, path: str, state: SourceState) -> str | None:
    """Older releases kept the source's id there."""
    return commits.properties(spark, path).get(f"ecom.topic_id.{state.name}")


def recreated(contract: Contract, known: str, now: str | None) -> EcomError:
    return EcomError(
        f"Topic {contract.topic} was deleted or recreated (its id was {known}, now {now or 'it is gone'}); nothing of "
        f"it was read. Two ways on: send events to a topic with a new name and set {topic_setting(contract.dataset)} "
        "to it (history stays), or start over on an empty lake (another LAKEHOUSE_URI, or `make clean` for the local "
        "one)."
    )


def check_nothing_lost(
    contract: Contract, state: SourceState, position: Mapping[tuple[str, int], int], accept_loss: bool
) -> None:
    """Raises EcomError when the source ends before the position, or begins after it."""
    for partition, low in state.low.items():
        expected = position.get((state.name, partition))
        if expected is None:
            continue
        if state.high[partition] < expected:
            raise EcomError(
                f"Topic {state.name}, partition {partition} ends at offset {state.high[partition]}, but records up to "
                f"{expected - 1} were received; the broker lost records. Two ways on: restore the broker's log, or "
                f"send events to a topic with a new name and set {topic_setting(contract.dataset)} to it."
            )
        if low > expected and not accept_loss:
            raise EcomError(
                f"Topic {state.name}, partition {partition}: offsets {expected} to {low - 1} aged out before they were "
                f"received; nothing of {state.name} was read. Two ways on: bring the records back (restore the topic's "
                "log, or have the producer send them again), or accept that they are gone with `ecom run bronze "
                "--accept-loss`; `ecom account` will list them as expired."
            )
