"""The broker's side of the account: each partition's bounds, and which offsets still hold a record."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import admin as kafka_admin

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake.kafka import TIMEOUT_S, topic_ids, topic_state, unreachable
from ecom.trust.account_gaps import LogBounds, Reader

_admin: Any = kafka_admin  # the package exports its names without saying so to type checkers

SILENT_S = 30.0  # a partition that gives neither a record nor its end for so long is not answering
_READING: dict[str, Any] = {
    "group.id": "ecom-account",  # required by the client; nothing is committed, no group is joined
    "enable.auto.commit": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "earliest",
    "fetch.wait.max.ms": 50,
    "queued.max.messages.kbytes": 4096,
    "log_level": 0,
}


class KafkaLog:
    """Reads without a consumer group and without trace. Use as a context manager."""

    def __init__(self, settings: Settings, progress: Callable[[str], None] = lambda _: None) -> None:
        self._settings = settings
        self._progress = progress
        self._admin = _admin.AdminClient({"bootstrap.servers": settings.bootstrap, "log_level": 0})
        self._consumers: dict[bool, Consumer] = {}

    def __enter__(self) -> "KafkaLog":
        return self

    def __exit__(self, *_: object) -> None:
        for consumer in self._consumers.values():
            consumer.close()

    def topic_ids(self, topics: list[str]) -> dict[str, str]:
        """Of the topics that exist."""
        return topic_ids(self._settings, topics) if topics else {}

    def bounds(self, topic: str) -> dict[int, LogBounds]:
        """By partition, of a topic that exists."""
        found = topic_state(self._settings, topic)
        try:
            compacted = self._is_compacted(topic)
        except (KafkaException, TimeoutError) as error:
            raise unreachable(self._settings, _cause(error)) from None
        return {p: LogBounds(found.low[p], found.stable[p], found.high[p], compacted) for p in sorted(found.high)}

    def reader(self, topic: str, partition: int) -> Reader:
        return partial(self._read, topic, partition)

    def _read(self, topic: str, partition: int, start: int, end: int, *, committed: bool) -> Iterator[int]:
        consumer = self._consumer(committed)
        consumer.assign([TopicPartition(topic, partition, start)])
        self._progress(f"reading {topic}-{partition} from offset {start} to {end}")
        try:
            for offset in self._until_end(consumer, topic, partition):
                if offset >= end:
                    return
                yield offset
        finally:
            consumer.unassign()

    def _until_end(self, consumer: Consumer, topic: str, partition: int) -> Iterator[int]:
        """Offsets as they come, to the partition's end (for read_committed: the last stable offset)."""
        heard = time.monotonic()
        while True:
            message = consumer.poll(0.5)
            error = message.error() if message else None
            if message is None or (error and _passing(error)):
                if time.monotonic() - heard > SILENT_S:
                    raise self._silent(topic, partition)
                continue
            if error and error.code() == KafkaError._PARTITION_EOF:
                return
            if error:
                raise unreachable(self._settings, error.str())
            heard = time.monotonic()
            yield message.offset() or 0

    def _silent(self, topic: str, partition: int) -> EcomError:
        return EcomError(
            f"Kafka at {self._settings.bootstrap} gave nothing of {topic}-{partition} for {SILENT_S:.0f} s; "
            "check that the partition has a leader, then type `ecom account` again."
        )

    def _consumer(self, committed: bool) -> Consumer:
        if committed not in self._consumers:
            isolation = "read_committed" if committed else "read_uncommitted"
            bootstrap = {"bootstrap.servers": self._settings.bootstrap, "isolation.level": isolation}
            self._consumers[committed] = Consumer(bootstrap | _READING)
        return self._consumers[committed]

    def _is_compacted(self, topic: str) -> bool:
        resource = _admin.ConfigResource(_admin.ConfigResource.Type.TOPIC, topic)
        future = self._admin.describe_configs([resource], request_timeout=TIMEOUT_S)[resource]
        return "compact" in future.result(timeout=TIMEOUT_S + 2)["cleanup.policy"].value


def _passing(error: KafkaError) -> bool:
    """Connection trouble that the client mends by itself, or that ends as silence."""
    return error.retriable() or error.code() in (KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN)


def _cause(error: BaseException) -> str:
    return str(error.args[0].str()) if isinstance(error, KafkaException) else "no answer"
