"""Records to Kafka: idempotent, bounded in time and memory, with a ledger of what was acknowledged."""

import hashlib
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import FrameType
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Delivered

from ecom.base.errors import EcomError, ExitCode
from generator.jsonl import Record
from generator.ledger import Ledger

CONNECT_S = 10
DELIVERY_S = 12  # then the broker is taken for gone
CONFIG = {
    "enable.idempotence": True,
    "acks": "all",
    "partitioner": "murmur2_random",  # as Java's: another client's retry of a key goes to the same partition
    "linger.ms": 20,
    "message.timeout.ms": DELIVERY_S * 1000,
    "message.max.bytes": 10_000_000,  # the broker's own limit decides
    "queue.buffering.max.messages": 20_000,
    "queue.buffering.max.kbytes": 65_536,
    "allow.auto.create.topics": False,
    "log_level": 0,
}


@dataclass
class Sent:
    """What was acknowledged."""

    kinds: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    interrupted: bool = False

    @property
    def total(self) -> int:
        return self.topics.total()


class Stop:
    """Set by Ctrl-C or SIGTERM; what is under way is still flushed, and the ledger written."""

    asked = False

    def ask(self, number: int = 0, frame: FrameType | None = None) -> None:
        self.asked = True


@contextmanager
def stop_on_signal() -> Iterator[Stop]:
    """Within the block, Ctrl-C and SIGTERM set the Stop that it yields instead of ending the process."""
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Sender:
    """One producer. Raises EcomError when the broker is not there, or did not acknowledge."""

    def __init__(self, bootstrap: str, ledger: Ledger) -> None:
        self.bootstrap, self.ledger = bootstrap, ledger
        self.sent = Sent()
        self.refused: KafkaError | None = None
        self.refusals = 0
        self.producer = Producer({"bootstrap.servers": bootstrap, **CONFIG})
        self.partitions = self._partitions()

    def send_all(
        self, timed: Iterable[tuple[float, Record]], stop: Stop, on_sent: Callable[[int], None] = lambda n: None
    ) -> Sent:
        """Send in order, each record not before its seconds since the start, until the end or until `stop`.

        `on_sent` hears of each record.
        """
        begin = time.monotonic()
        try:
            for due, record in timed:
                self._wait_until(begin + due, stop)
                if stop.asked or self.refused:
                    break
                self._send(record)
                on_sent(1)
        finally:
            self._finish()
        self.sent.interrupted = stop.asked
        return self.sent

    def _partitions(self) -> dict[str, int]:
        try:
            topics = self.producer.list_topics(timeout=CONNECT_S).topics
        except KafkaException as error:
            raise unreachable(self.bootstrap, error.args[0].str()) from None
        return {name: len(topic.partitions) for name, topic in topics.items()}

    def _wait_until(self, due: float, stop: Stop) -> None:
        while (left := due - time.monotonic()) > 0 and not (stop.asked or self.refused):
            self.producer.poll(min(left, 0.2))
        self.producer.poll(0)

    def _send(self, record: Record) -> None:
        partitions = self.partitions.get(record.topic)
        if partitions is None:
            raise EcomError(
                f"Topic {record.topic} is not on the broker {self.bootstrap}; create it, for example with "
                f"`kafka-topics.sh --bootstrap-server {self.bootstrap} --create --topic {record.topic} --partitions 3`."
            )
        if record.partition is not None and record.partition >= partitions:
            sentence = f"Topic {record.topic} has {partitions} partitions, from 0: there is no {record.partition}."
            raise EcomError(sentence, ExitCode.USAGE)
        given: dict[str, Any] = {} if record.partition is None else {"partition": record.partition}
        heard = partial(self._heard, record.event_id, record.kind)
        while not self.refused:
            try:
                self.producer.produce(
                    record.topic, record.value, record.key, on_delivery=heard, headers=list(record.headers), **given
                )
                return
            except BufferError:
                self.producer.poll(0.2)
            except KafkaException as error:
                self.refused, self.refusals = error.args[0], self.refusals + 1

    def _heard(self, event_id: str | None, kind: str, error: KafkaError | None, message: Delivered) -> None:
        if error is not None:
            self.refused, self.refusals = self.refused or error, self.refusals + 1
            return
        value, topic = message.value(), str(message.topic())
        digest = None if value is None else hashlib.sha256(value).hexdigest()
        partition, offset, key = message.partition() or 0, message.offset() or 0, message.key()
        assert not isinstance(key, str)
        self.ledger.add((topic, partition, offset, key, event_id, kind, digest, message.timestamp()[1]))
        self.sent.kinds[kind] += 1
        self.sent.topics[topic] += 1

    def _finish(self) -> None:
        left = self.producer.flush(DELIVERY_S + 1)
        self.ledger.write()
        if self.refused or left:
            reason = self.refused.str() if self.refused else "no answer"
            raise EcomError(
                f"Kafka at {self.bootstrap} did not acknowledge {self.refusals + left} messages ({reason}); "
                f"{self.sent.total} were acknowledged. Check it with `ecom status`, then send again."
            )


def unreachable(bootstrap: str, reason: str) -> EcomError:
    return EcomError(
        f"Kafka at {bootstrap} did not answer within {CONNECT_S} s ({reason}); "
        "start the local one with `ecom up`, or check KAFKA_BOOTSTRAP."
    )
