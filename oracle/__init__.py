"""The oracle: Gold recomputed from the Kafka log in plain Python, with no code of the jobs."""

from collections.abc import Iterator

from ecom.base.settings import Settings
from oracle.compare import Difference, compare
from oracle.recompute import recompute
from oracle.records import GoldRow, Minute, Oracle, OrderState, Record, Verdict
from oracle.shapes import CANONICAL, ENVELOPE, Shape

__all__ = [
    "CANONICAL",
    "ENVELOPE",
    "Difference",
    "GoldRow",
    "Minute",
    "Oracle",
    "OrderState",
    "Record",
    "Shape",
    "Verdict",
    "compare",
    "gold_from_kafka",
    "read_records",
    "recompute",
]


def gold_from_kafka(settings: Settings, shape: Shape = CANONICAL) -> Oracle:
    """Everything that the tables must hold once the pipeline has drained. Raises EcomError when Kafka is not there."""
    return recompute(read_records(settings), shape)


def read_records(settings: Settings) -> Iterator[Record]:
    from oracle.kafka_log import read_log

    for subject, message in read_log(settings):
        yield Record(
            subject,
            str(message.topic()),
            message.partition() or 0,
            message.offset() or 0,
            message.timestamp()[1],
            message.key(),
            message.value(),
        )
