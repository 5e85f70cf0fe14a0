"""Trino's answers, shared by all sessions: each question is asked once, by whoever comes first.

Trino lets the page's user run two queries at once; the page waits here, in turn, where the wait is bounded.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ecom.base.errors import EcomError
from ecom.lake.trino import Result, UnreachableError

log = logging.getLogger(__name__)
AT_ONCE = 2
KEPT = 200  # answers
PATIENCE_S = 30.0
BAD_NEWS_AGE_S = 2.0  # how long an error answers those who ask the same
BEHIND_S = 2.0  # after which an old answer that was given is renewed: what the reader waits for is asked before

Question = tuple[str, tuple[Any, ...]]


@dataclass
class _Answer:
    lock: threading.Lock = field(default_factory=threading.Lock)
    result: Result | None = None
    error: EcomError | None = None
    at: float = float("-inf")
    is_due: bool = False  # to be renewed behind a reader's back

    def is_good(self, now: float, max_age: float) -> bool:
        age = now - self.at
        return (self.result is not None and age <= max_age) or (self.error is not None and age <= BAD_NEWS_AGE_S)


class Answers:
    def __init__(
        self,
        run: Callable[[str, tuple[Any, ...]], Result],
        *,
        clock: Callable[[], float] = time.monotonic,
        patience: float = PATIENCE_S,
        behind_after: float = BEHIND_S,
    ) -> None:
        self._run, self._clock, self._patience, self._behind_after = run, clock, patience, behind_after
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._kept: OrderedDict[Question, _Answer] = OrderedDict()
        self._lock = threading.Lock()
        # While Trino does not answer, nobody is told what it once said, and not each waits to find out.
        self._down: UnreachableError | None = None
        self._down_at = float("-inf")

    def ask(self, sql: str, params: tuple[Any, ...] = (), *, max_age: float, behind: bool = False) -> Result:
        """An answer at most `max_age` seconds old. With `behind`, one that is at hand and older is given all the same,
        and renewed a little later behind the reader's back, for whoever asks next. Raises EcomError."""
        answer = self._find((sql, params))
        if behind and not self._down and (old := answer.result):
            if not answer.is_good(self._clock(), max_age):
                self._renew_behind(answer, sql, params, max_age)
            return old
        if not answer.lock.acquire(timeout=self._patience):
            raise self._busy()
        try:
            if self._down or not answer.is_good(self._clock(), max_age):
                self._renew(answer, sql, params)
            if answer.error:
                raise answer.error
            assert answer.result is not None
            return answer.result
        finally:
            answer.lock.release()

    def _find(self, question: Question) -> _Answer:
        with self._lock:
            answer = self._kept.setdefault(question, _Answer())
            self._kept.move_to_end(question)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return answer

    def _renew(self, answer: _Answer, sql: str, params: tuple[Any, ...]) -> None:
        if not self._slots.acquire(timeout=self._patience):
            raise self._busy()
        try:
            if (down := self._down) and self._clock() - self._down_at <= BAD_NEWS_AGE_S:
                raise down
            answer.result, answer.error = self._run(sql, params), None
            self._down = None
        except EcomError as error:
            answer.result, answer.error = None, error
            if error is not self._down:  # an error of the question's own is an answer
                self._down = error if isinstance(error, UnreachableError) else None
                self._down_at = self._clock()
        finally:
            self._slots.release()
        answer.at = self._clock()

    def _renew_behind(self, answer: _Answer, sql: str, params: tuple[Any, ...], max_age: float) -> None:
        def renew() -> None:
            try:
                self.ask(sql, params, max_age=max_age)
            except EcomError as error:  # it is kept, and told to whoever asks next; busy: the answer stays old
                log.info("an answer could not be renewed: %s", error)
            finally:
                answer.is_due = False

        with self._lock:
            if answer.is_due:
                return
            answer.is_due = True
        later = threading.Timer(self._behind_after, renew)
        later.daemon = True
        later.start()

    def _busy(self) -> EcomError:
        return EcomError(
            f"Trino has not answered the page's questions for {self._patience:.0f} s: it is busy, or it hangs; try "
            "again in a moment, or type `ecom status`."
        )
