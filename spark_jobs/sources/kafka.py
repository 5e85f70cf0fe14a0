"""A Kafka topic as a source: committed records, each read once."""

import json

from pyspark.sql import DataFrame, SparkSession

from ecom.base.settings import Settings
from ecom.lake.commit_note import Position, kafka_ends
from ecom.lake.kafka import topic_ids, topic_state
from spark_jobs.sources import SourceState

MAX_OFFSETS_PER_TRIGGER = 1_000_000


class KafkaSource:
    """One topic on the settings' broker."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings, self.name = settings, topic

    def state(self) -> SourceState:
        found = topic_state(self._settings, self.name)
        return SourceState(found.name, found.id, found.low, found.high)

    def known_id(self) -> str | None:
        return topic_ids(self._settings, [self.name]).get(self.name)

    def reached(self, planned: list[str]) -> Position:
        return kafka_ends(planned)

    def stream(self, spark: SparkSession, state: SourceState, after: Position) -> DataFrame:
        """The topic's committed records as a stream, from the offsets `after`; new partitions from their first one."""
        starts = {str(p): max(after.get((self.name, p), low), low) for p, low in state.low.items()}
        options = {
            "kafka.bootstrap.servers": self._settings.bootstrap,
            "subscribe": self.name,
            "startingOffsets": json.dumps({self.name: starts}),
            "failOnDataLoss": "true",
            "includeHeaders": "true",
            "kafka.isolation.level": "read_committed",
            "maxOffsetsPerTrigger": str(MAX_OFFSETS_PER_TRIGGER),
        }
        return spark.readStream.format("kafka").options(**options).load()
