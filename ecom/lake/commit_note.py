"""The note that each commit of a job carries (Delta's `userMetadata`): how far its source was read."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

Position = dict[tuple[str, int], int]


@dataclass(frozen=True)
class CommitNote:
    """`sources` holds the lines of the checkpoint's offset log for this micro-batch, one JSON text a source;
    `topic_id` is Kafka's, where the source is a topic."""

    job: str
    checkpoint_id: str
    batch_id: int
    sources: list[str] = field(default_factory=list)
    topic_id: str | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    def kafka_ends(self) -> Position:
        """The offset after the last one read, by topic and partition, where the source is a topic."""
        return kafka_ends(self.sources)


def parse_note(text: str | None) -> CommitNote | None:
    try:
        content: dict[str, Any] = json.loads(text or "")
        return CommitNote(**content)
    except (ValueError, TypeError):
        return None  # somebody else's metadata


def kafka_ends(sources: list[str]) -> Position:
    """Kafka's end offsets in the checkpoint's offset log: one source, `{"topic": {"0": next}}`."""
    content: dict[str, dict[str, int]] = json.loads(sources[0]) if sources else {}
    return {(topic, int(partition)): end for topic, ends in content.items() for partition, end in ends.items()}
