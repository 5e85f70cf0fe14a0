"""The Kafka log, read once from its first offset to its end, outside of any consumer group."""

import time
from collections.abc import Iterable, Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from ecom.base.errors import EcomError
from ecom.base.settings import Settings

PATIENCE_S = 12
WAIT_S = 0.2  # consume() waits that long for a full batch, also at the end
AT_ONCE = 5_000


def read_log(settings: Settings, subjects: dict[str, str]) -> Iterator[tuple[str, Message]]:
    """(dataset, record) of the topics that `subjects` maps to datasets, as far as they reach when their end is met;
    committed transactions only."""
    consumer = Consumer(
        {
            "bootstrap.servers": settings.bootstrap,
            "group.id": "oracle",  # asked for by the client; nothing is ever committed
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "isolation.level": "read_committed",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    try:
        partitions = _partitions(consumer, settings, subjects)
        consumer.assign(partitions)
        yield from _to_the_end(consumer, settings, subjects, len(partitions))
    except KafkaException as error:
        raise _trouble(settings, error.args[0].str()) from None
    finally:
        consumer.close()


def _partitions(consumer: Consumer, settings: Settings, topics: Iterable[str]) -> list[TopicPartition]:
    known = consumer.list_topics(timeout=10).topics
    missing = [topic for topic in topics if topic not in known]
    if missing:
        raise _trouble(settings, f"topic {missing[0]} is not there")
    return [
        TopicPartition(topic, partition, OFFSET_BEGINNING) for topic in topics for partition in known[topic].partitions
    ]


def _to_the_end(
    consumer: Consumer, settings: Settings, subjects: dict[str, str], partitions: int
) -> Iterator[tuple[str, Message]]:
    ended: set[tuple[str, int]] = set()
    heard = time.monotonic()
    while len(ended) < partitions:
        messages = consumer.consume(AT_ONCE, timeout=WAIT_S)
        heard = time.monotonic() if messages else heard
        if time.monotonic() - heard > PATIENCE_S:
            raise _trouble(settings, f"no answer for {PATIENCE_S} s")
        for message in messages:
            topic, error = str(message.topic()), message.error()
            if error is None:
                yield subjects[topic], message
            elif error.code() == KafkaError._PARTITION_EOF:
                ended.add((topic, message.partition() or 0))
            else:
                raise KafkaException(error)


def _trouble(settings: Settings, reason: str) -> EcomError:
    return EcomError(
        f"The oracle cannot read Kafka at {settings.bootstrap} ({reason}); check `ecom status` and KAFKA_BOOTSTRAP."
    )
