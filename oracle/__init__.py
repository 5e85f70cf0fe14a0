"""The oracle: Gold recomputed from the Kafka log in plain Python, with no code of the jobs."""

from collections.abc import Iterator
from typing import Any

from ecom.base.settings import Settings
from oracle.compare import Difference, compare
from oracle.contracts import Dataset, read_datasets
from oracle.recompute import ReceivedAt, recompute
from oracle.records import Event, GoldRow, Minute, Oracle, OrderState, Place, Record, Verdict

__all__ = [
    "Dataset",
    "Difference",
    "Event",
    "GoldRow",
    "Minute",
    "Oracle",
    "OrderState",
    "Place",
    "ReceivedAt",
    "Record",
    "Verdict",
    "compare",
    "gold_from_kafka",
    "read_datasets",
    "read_records",
    "recompute",
]


def gold_from_kafka(settings: Settings, received_at: ReceivedAt | None = None) -> Oracle:
    """Everything that the tables must hold once the pipeline has drained. `received_at`: when records came that are
    ahead of the broker's clock, which only Bronze knows. Raises EcomError when Kafka is not there."""
    datasets = read_datasets(settings.ecom_contracts, settings.topics)
    return recompute(read_records(settings, datasets), datasets, received_at)


def _headers(given: Any) -> tuple[tuple[str, bytes | None], ...]:
    return tuple((str(name), value) for name, value in given or ())


def read_records(settings: Settings, datasets: dict[str, Dataset]) -> Iterator[Record]:
    """Every committed record of the datasets' topics that Kafka still has."""
    from oracle.kafka_log import read_log

    for subject, message in read_log(settings, {dataset.topic: name for name, dataset in datasets.items()}):
        yield Record(
            subject,
            str(message.topic()),
            message.partition() or 0,
            message.offset() or 0,
            message.timestamp()[1],
            message.key(),
            message.value(),
            _headers(message.headers()),
        )
