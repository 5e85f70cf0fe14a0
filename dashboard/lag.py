"""How many offsets of each partition wait for Bronze, and how many for Silver. Kafka may be down: then that is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecom.commit_note import Position
from ecom.errors import EcomError
from ecom.kafka import topic_state
from ecom.settings import Settings
from ecom.stack.s3 import Bucket
from ecom.watch import received


@dataclass(frozen=True)
class Offsets:
    """Of one partition, the offset after the last one: at the broker, in Bronze. `first` is the oldest that the broker
    still has; both are None while Kafka does not answer."""

    topic: str
    partition: int
    bronze_end: int
    first: int | None = None
    kafka_end: int | None = None

    @property
    def behind_kafka(self) -> int | None:
        """What aged out at the broker is not waited for."""
        if self.kafka_end is None or self.first is None:
            return None
        return max(self.kafka_end - max(self.bronze_end, self.first), 0)

    def behind_bronze(self, judged: Mapping[tuple[str, int], int]) -> int:
        """`judged`: the offset after the last one that Silver judged. Offsets, not records: Kafka leaves gaps."""
        return max(self.bronze_end - judged.get((self.topic, self.partition), 0), 0)


@dataclass(frozen=True)
class Lag:
    """`problem` says why Kafka's side is not known."""

    partitions: list[Offsets]
    problem: str | None = None


def look(settings: Settings) -> Lag:
    """Takes as long as Kafka may (some 20 s when it does not answer). Raises EcomError when S3 does not answer."""
    bucket, bronze, problem = Bucket(settings), Position(), None
    found: dict[tuple[str, int], Offsets] = {}
    for subject in settings.topics:
        bronze |= received(settings, subject, bucket)
    for place, end in bronze.items():
        found[place] = Offsets(*place, end)
    try:
        for topic in settings.topics.values():
            state = topic_state(settings, topic)
            for partition, end in state.high.items():
                place = (topic, partition)
                found[place] = Offsets(topic, partition, bronze.get(place, 0), state.low[partition], end)
    except EcomError as error:
        problem = str(error)
    return Lag([found[place] for place in sorted(found)], problem)
