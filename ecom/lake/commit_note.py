"""The note that each commit of a job carries (Delta's `userMetadata`): how far its source was read, and what it found.

The table is the truth, a checkpoint only a bookmark. A commit without such a note (a restore, a delete by hand) is not
ours.
"""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

Position = dict[tuple[str, int], int]
Nested = dict[str, dict[str, int]]  # by topic and partition, as JSON has it


@dataclass(frozen=True)
class CommitNote:
    """`sources` holds the lines of the checkpoint's offset log for this micro-batch, one JSON text a source;
    `topic_id` is Kafka's, where the source is a topic.

    `rows`: how many records of each partition Bronze received so far; `lost`: how many of them others took for good,
    `accepted`: how many of those it was told to accept. `again` says that records are among the commit's that came
    before what was received earlier. `judged`: the offset after the last one that Silver judged. `versions`: where the
    tables of verdicts stood when Silver closed the micro-batch, by verdict.
    """

    job: str
    checkpoint_id: str
    batch_id: int
    sources: list[str] = field(default_factory=list)
    topic_id: str | None = None
    rows: Nested | None = None
    lost: Nested | None = None
    accepted: Nested | None = None
    again: bool | None = None
    judged: Nested | None = None
    versions: dict[str, int] | None = None

    def to_json(self) -> str:
        return json.dumps({name: value for name, value in asdict(self).items() if value is not None})

    def kafka_ends(self) -> Position:
        """The offset after the last one read, by topic and partition, where the source is a topic."""
        return kafka_ends(self.sources)


_NAMES = {one.name for one in fields(CommitNote)}


def parse_note(text: str | None) -> CommitNote | None:
    """None for somebody else's metadata. What a later version of ours adds is passed over."""
    try:
        content: dict[str, Any] = json.loads(text or "")
        return CommitNote(**{name: value for name, value in content.items() if name in _NAMES})
    except (ValueError, TypeError, AttributeError):
        return None


def kafka_ends(sources: list[str]) -> Position:
    """Kafka's end offsets in the checkpoint's offset log: one source, `{"topic": {"0": next}}`."""
    return flat(json.loads(sources[0])) if sources else {}


def flat(nested: Nested | None) -> Position:
    return {(topic, int(p)): number for topic, ends in (nested or {}).items() for p, number in ends.items()}


def nested(position: Position) -> Nested:
    found: Nested = {}
    for (topic, partition), number in sorted(position.items()):
        found.setdefault(topic, {})[str(partition)] = number
    return found
