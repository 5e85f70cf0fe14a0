"""How many offsets of each partition wait for Bronze, and how many for Silver. Pure."""

from dataclasses import dataclass

from ecom.lake.commit_note import Position


@dataclass(frozen=True)
class Waiting:
    """Of one partition: where Kafka's log ends, how far Bronze has it, how far Silver judged it; each the offset after
    the last one. `kafka_end` is None while Kafka does not answer. Offsets, not records: transactions leave gaps."""

    topic: str
    partition: int
    kafka_end: int | None
    bronze_end: int
    silver_end: int

    @property
    def for_bronze(self) -> int | None:
        return None if self.kafka_end is None else max(self.kafka_end - self.bronze_end, 0)

    @property
    def for_silver(self) -> int:
        return max(self.bronze_end - self.silver_end, 0)


def waiting(ends: Position | None, bronze: Position, silver: Position) -> list[Waiting]:
    """Each partition that anybody knows, in order. `ends` is None while Kafka does not answer."""
    places = sorted({*(ends or {}), *bronze})
    return [
        Waiting(*place, ends.get(place) if ends is not None else None, bronze.get(place, 0), silver.get(place, 0))
        for place in places
    ]
