"""Is Bronze up to date, and are its streams at work? Offsets tell, timestamps of records play no part.

watch = Watch(settings.lag_objective_seconds)
problem = watch.look(sample(settings))  # every ten seconds or so
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from ecom.base.settings import Settings
from ecom.contracts.loader import dataset_topics
from ecom.lake import tables
from ecom.lake.commit_note import Position
from ecom.lake.delta_log import DeltaLog
from ecom.lake.heartbeat import GONE_AFTER_S, Heartbeat, read_heartbeat
from ecom.lake.kafka import topic_state
from ecom.lake.s3 import Bucket

NEXT = "ecom status && ecom logs bronze"
HANGING = "kafka-transactions.sh --bootstrap-server HOST:PORT find-hanging --broker-id 0"
START = "their supervisor starts them, after `ecom up --all`; by hand: `ecom stream bronze`"


@dataclass(frozen=True)
class Sample:
    """What was seen at one moment. `ends`: Kafka's high watermarks; `received`: the next offsets to receive; `stable`:
    the last stable offsets, beyond which records wait for an open transaction; where they are missing, nothing does."""

    now: datetime
    ends: Position
    received: Position
    heartbeat: Heartbeat | None
    stable: Position = field(default_factory=dict)

    def is_held_back(self, place: tuple[str, int]) -> bool:
        """All that can be read was received: what waits is a transaction's that is neither committed nor aborted."""
        return self.received.get(place, 0) >= self.stable.get(place, self.ends[place])


@dataclass(frozen=True)
class Problem:
    """`kind` and `where` make it one problem, however often it is seen. `sentence` says what, where, since when and
    `next_command`."""

    kind: Literal["gone", "failed", "lag"]
    where: str
    since: datetime
    sentence: str
    next_command: str


def received(settings: Settings, dataset: str, bucket: Bucket | None = None) -> Position:
    """The next offset by topic and partition, as the last commit of the dataset's Bronze table notes it. Partitions
    that were never read are missing. Raises EcomError when S3 does not answer."""
    last = DeltaLog(settings, str(tables.raw(dataset)), bucket).last
    return last.note.kafka_ends() if last and last.note else {}


def sample(settings: Settings) -> Sample:
    """Of every topic. Raises EcomError when Kafka or S3 does not answer, or a topic is not there."""
    bucket, ends, stable, position = Bucket(settings), Position(), Position(), Position()
    for dataset, topic in dataset_topics(settings).items():
        position |= received(settings, dataset, bucket)  # before Kafka's ends: never ahead of them
        state = topic_state(settings, topic)
        ends |= {(topic, p): end for p, end in state.high.items()}
        stable |= {(topic, p): end for p, end in state.stable.items()}
        aged_out = {(topic, p): low for p, low in state.low.items()}  # what is gone is not waited for
        position |= {place: max(position.get(place, 0), low) for place, low in aged_out.items()}
    return Sample(datetime.now(UTC), ends, position, read_heartbeat(bucket), stable)


def behind(seen: Sample) -> int:
    """Offsets that are in Kafka and not in Bronze, those of open transactions too."""
    return sum(max(end - seen.received.get(place, 0), 0) for place, end in seen.ends.items())


def held_back(seen: Sample) -> int:
    """Offsets that cannot be read before an open transaction ends."""
    return sum(max(end - seen.stable.get(place, end), 0) for place, end in seen.ends.items())


class Watch:
    """Fed with samples in turn, says what is wrong. It remembers since when which offsets wait."""

    def __init__(self, lag_objective_s: float) -> None:
        self._objective = timedelta(seconds=lag_objective_s)
        self._waiting: dict[tuple[str, int], deque[tuple[datetime, int]]] = {}
        self._began: datetime | None = None

    def look(self, seen: Sample) -> Problem | None:
        """The one problem that explains most, or none."""
        since = self._waiting_since(seen)  # always, so that nothing is forgotten
        self._began = self._began or seen.now
        # Who has just begun to look may have been started together with the streams.
        is_early = (seen.now - self._began).total_seconds() <= GONE_AFTER_S
        return (None if is_early else gone(seen) or failed(seen)) or self._lag(seen, since)

    def _waiting_since(self, seen: Sample) -> dict[tuple[str, int], datetime]:
        """By partition, when the first offset that Bronze does not have was first seen at the end of Kafka's log."""
        for place, end in seen.ends.items():
            ends = self._waiting.setdefault(place, deque())
            if not ends or end > ends[-1][1]:
                ends.append((seen.now, end))
            while ends and ends[0][1] <= seen.received.get(place, 0):
                ends.popleft()
        return {place: ends[0][0] for place, ends in self._waiting.items() if ends and place in seen.ends}

    def _lag(self, seen: Sample, since: dict[tuple[str, int], datetime]) -> Problem | None:
        late = {place: at for place, at in since.items() if seen.now - at > self._objective}
        if not late:
            return None
        topic, partition = place = min(late, key=lambda one: late[one])
        first = seen.received.get(place, 0)
        waiting = (
            f"offsets {first} to {seen.ends[place] - 1} of {topic}-{partition} wait since {_clock(late[place])}, "
            f"longer than {self._objective.total_seconds():g} s{_others(len(late) - 1)}"
        )
        if seen.is_held_back(place):
            sentence = (
                f"A transaction of {topic} is open: {waiting}, and nobody can read past the last stable offset before "
                f"its producer commits or aborts it; look for the producer with `{HANGING}`."
            )
            return Problem("lag", "bronze_stream", late[place], sentence, HANGING)
        sentence = f"Bronze lags: {waiting}; type `{NEXT}`."
        return Problem("lag", "bronze_stream", late[place], sentence, NEXT)


def gone(seen: Sample) -> Problem | None:
    """A problem when the heartbeat is missing or too old."""
    beat = seen.heartbeat
    if beat is None:
        sentence = f"The Bronze streams have never run on this lake; {START}."
        return Problem("gone", "bronze_stream", seen.now, sentence, "ecom up --all")
    age = (seen.now - beat.time).total_seconds()
    if age <= GONE_AFTER_S:
        return None
    sentence = (
        f"The Bronze streams are gone: their last heartbeat, from {beat.host} (pid {beat.pid}), is of "
        f"{_clock(beat.time)}, {age:.0f} s ago; type `{NEXT}`; {START}."
    )
    return Problem("gone", "bronze_stream", beat.time, sentence, NEXT)


def failed(seen: Sample) -> Problem | None:
    """A problem when the streams live and one of them does not: its supervisor tries again, and the others go on."""
    beat = seen.heartbeat
    if beat is None or not beat.failed:
        return None
    topic, why = next(iter(sorted(beat.failed.items())))
    is_stream = any(topic == name for name, _ in seen.ends)
    who = f"The Bronze stream of {topic} does not run" if is_stream else f"The engine does not get on with {topic}"
    sentence = f"{who}{_others(len(beat.failed) - 1, 'stream' if is_stream else 'part')}: {why}"
    return Problem("failed", topic, beat.time, sentence, NEXT)


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _others(count: int, what: str = "partition") -> str:
    return f" (and {count} more {what}{'' if count == 1 else 's'})" if count else ""
