"""Sessions share Trino's answers; each question is asked once; waits are bounded."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dashboard.answers import AT_ONCE, BAD_NEWS_AGE_S, KEPT, Answers
from ecom.base.errors import EcomError
from ecom.lake.trino import Result, UnreachableError


class Trino:
    def __init__(self, takes: float = 0) -> None:
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self._takes, self._lock = takes, threading.Lock()

    def __call__(self, sql: str, params: tuple[Any, ...]) -> Result:
        with self._lock:
            self.asked.append(sql)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self._takes)
        with self._lock:
            self.at_once -= 1
        return Result(["n"], [(len(self.asked),)])


def test_twenty_who_ask_the_same_at_once_ask_it_once() -> None:
    trino = Trino(takes=0.2)
    answers = Answers(trino)
    with ThreadPoolExecutor(20) as sessions:
        found = list(sessions.map(lambda _: answers.ask("select 1", max_age=60).scalar(), range(20)))
    assert found == [1] * 20 and trino.asked == ["select 1"]


def test_no_more_questions_at_once_than_trino_takes() -> None:
    trino = Trino(takes=0.05)
    answers = Answers(trino)
    with ThreadPoolExecutor(20) as sessions:
        list(sessions.map(lambda n: answers.ask(f"select {n}", max_age=60), range(20)))
    assert len(trino.asked) == 20 and trino.most_at_once == AT_ONCE


def test_an_answer_is_as_old_as_its_reader_bears() -> None:
    now = [0.0]
    answers = Answers(Trino(), clock=lambda: now[0])
    assert answers.ask("q", max_age=5).scalar() == 1
    now[0] = 4.0
    assert answers.ask("q", max_age=5).scalar() == 1
    assert answers.ask("q", max_age=3).scalar() == 2
    assert answers.ask("q", ("other",), max_age=60).scalar() == 3


def test_an_old_answer_that_will_do_is_given_at_once_and_renewed_behind_it() -> None:
    now, trino = [0.0], Trino(takes=0.1)
    answers = Answers(trino, clock=lambda: now[0], behind_after=1)
    assert answers.ask("q", max_age=5, behind=True).scalar() == 1  # nothing at hand: waited for
    now[0] = 100.0
    assert [answers.ask("q", max_age=5, behind=True).scalar() for _ in range(3)] == [1, 1, 1]
    assert trino.asked == ["q"], "what the reader waits for comes before the renewal"
    until = time.monotonic() + 20
    while answers.ask("q", max_age=5, behind=True).scalar() == 1 and time.monotonic() < until:
        time.sleep(0.02)
    assert trino.asked == ["q", "q"], "once, for all three"
    assert answers.ask("q", max_age=5).scalar() == 2


def test_while_trino_is_down_nobody_is_told_what_it_once_said_nor_waits_to_find_out() -> None:
    now, asked, is_down = [0.0], [0], [False]

    def run(sql: str, params: tuple[Any, ...]) -> Result:
        asked[0] += 1
        if is_down[0]:
            raise UnreachableError("Trino does not answer at 127.0.0.1:1.")
        return Result(["n"], [(asked[0],)])

    answers = Answers(run, clock=lambda: now[0])
    assert answers.ask("old", max_age=60).scalar() == 1
    is_down[0] = True
    with pytest.raises(EcomError, match="does not answer"):
        answers.ask("new", max_age=60)
    for question in ("old", "new", "another"):
        with pytest.raises(EcomError, match="does not answer"):
            answers.ask(question, max_age=60, behind=True)
    assert asked[0] == 2
    is_down[0], now[0] = False, BAD_NEWS_AGE_S + 1
    assert answers.ask("old", max_age=60).scalar() == 3


def test_a_question_that_trino_refuses_shows_that_it_is_back() -> None:
    says: list[EcomError] = [EcomError("TABLE_NOT_FOUND"), UnreachableError("Trino does not answer.")]
    now, trino = [0.0], Trino()

    def run(sql: str, params: tuple[Any, ...]) -> Result:
        if sql != "good":
            raise says.pop()
        return trino(sql, params)

    answers = Answers(run, clock=lambda: now[0])
    assert answers.ask("good", max_age=60).scalar() == 1
    for sentence in ("does not answer", "TABLE_NOT_FOUND"):
        with pytest.raises(EcomError, match=sentence):
            answers.ask("bad", max_age=60)
        now[0] += BAD_NEWS_AGE_S + 1
    assert answers.ask("good", max_age=60).scalar() == 1, "kept, and shared again"


def test_an_error_is_asked_again_soon() -> None:
    now, asked = [0.0], [0]

    def down(sql: str, params: tuple[Any, ...]) -> Result:
        asked[0] += 1
        raise EcomError("Trino does not answer.")

    answers = Answers(down, clock=lambda: now[0])
    for at, times in ((0.0, 1), (BAD_NEWS_AGE_S, 1), (BAD_NEWS_AGE_S + 0.1, 2)):
        now[0] = at
        with pytest.raises(EcomError, match="does not answer"):
            answers.ask("q", max_age=300)
        assert asked[0] == times


def test_who_waits_too_long_is_told() -> None:
    answers = Answers(Trino(takes=0.5), patience=0.05)
    with ThreadPoolExecutor(4) as sessions:
        asked = [sessions.submit(answers.ask, f"select {n}", max_age=60) for n in range(4)]
    errors = [one.exception() for one in asked]
    assert sum(error is None for error in errors) == AT_ONCE
    assert all(error is None or "busy" in str(error) for error in errors)


def test_old_questions_are_forgotten() -> None:
    trino = Trino()
    answers = Answers(trino)
    for n in range(KEPT + 1):
        answers.ask(f"select {n}", max_age=60)
    answers.ask("select 1", max_age=60)
    answers.ask("select 0", max_age=60)
    assert trino.asked.count("select 1") == 1 and trino.asked.count("select 0") == 2
