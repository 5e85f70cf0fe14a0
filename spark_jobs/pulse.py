"""Whether a streaming query lives and moves, as plain attributes: the watchdog asks nothing of a JVM that may hang."""

import time
from collections.abc import Callable

from ecom.lake.commit_note import Position
from ecom.lake.kafka import TopicState


class Pulse:
    """Of one query: written by Spark's callbacks and by its sink, read by the watchdog. Seconds of `clock`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.position: Position = {}
        self._alive_at = self._moved_at = clock()
        self._behind_since: float | None = None

    def beat(self) -> None:
        """A sign of life, also of a query that has nothing to do."""
        self._alive_at = self._clock()

    def move(self, position: Position | None = None) -> None:
        """A step of a micro-batch, or its end with the `position` that it reached."""
        self._alive_at = self._moved_at = self._clock()
        self.position = self.position | (position or {})

    def silent_for(self) -> float:
        return self._clock() - self._alive_at

    def stuck_for(self, topic: TopicState | None) -> float:
        """How long nothing moved although the topic went past the position. 0 when the broker does not say."""
        if topic is None or not is_behind(self.position, topic):
            self._behind_since = None
            return 0.0
        if self._behind_since is None:
            self._behind_since = self._clock()
        return self._clock() - max(self._behind_since, self._moved_at)


def is_behind(position: Position, topic: TopicState) -> bool:
    """Readable offsets are waiting: not those that aged out before a partition was first read, nor those that an open
    transaction holds back."""
    return any(end > max(position.get((topic.name, p), 0), topic.low[p]) for p, end in topic.stable.items())
