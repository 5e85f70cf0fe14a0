"""What takes too long to wait for on each refresh: found out beside the page, at most as often as is cheap."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ecom.base.errors import EcomError

T = TypeVar("T")
SHARE = 20  # a probe that takes a second rests for twenty: it never takes more than a twentieth of the machine


@dataclass(frozen=True)
class Found(Generic[T]):
    """What the last look gave, or why it gave nothing, and how many seconds ago."""

    value: T | None
    error: EcomError | None
    age: float


class Probe(Generic[T]):
    """Looks in a thread of its own, one at a time, when somebody asks and the last look is older than `every`; `pause`
    seconds later where an old finding is told meanwhile, so that what is waited for comes first."""

    def __init__(
        self, look: Callable[[], T], every: float, pause: float = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._look, self._every, self._pause, self._clock = look, every, pause, clock
        self._lock = threading.Lock()
        self._first = threading.Event()
        self._running = False
        self._rest_until = float("-inf")
        self._value: T | None = None
        self._error: EcomError | None = None
        self._at = 0.0

    def latest(self, wait: float = 0, *, renewed: bool = False) -> Found[T] | None:
        """The last finding; waits for the first so many seconds, and is None when that is not there yet. With `renewed`
        the same holds for the one that runs now, where the last is overdue because nobody asked for long."""
        with self._lock:
            is_overdue = self._clock() >= self._rest_until + self._every
            if renewed and is_overdue:
                self._first.clear()
            if not self._running and self._clock() >= self._rest_until:
                self._running = True
                start = threading.Timer(self._pause if self._first.is_set() else 0, self._run)
                start.daemon = True
                start.start()
        if not self._first.wait(wait):
            return None
        with self._lock:
            return Found(self._value, self._error, self._clock() - self._at)

    def _run(self) -> None:
        started = self._clock()
        value, error = None, None
        try:
            value = self._look()
        except EcomError as cause:
            error = cause
        except Exception as cause:  # a thread's exception would be seen by nobody
            error = EcomError(f"unexpected {type(cause).__name__}: {cause}")
        with self._lock:
            now = self._clock()
            self._value, self._error, self._at, self._running = value, error, now, False
            self._rest_until = now + max(self._every, SHARE * (now - started))
        self._first.set()
