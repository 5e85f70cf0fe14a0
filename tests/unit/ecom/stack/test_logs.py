"""Logs as they are followed: a pause of the reader is where the test writes the next lines."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ecom.stack.logs import follow, tail


def writes(monkeypatch: pytest.MonkeyPatch, *steps: Callable[[], object]) -> None:
    """Each pause of the reader takes the next step; one pause too many fails."""
    left = list(steps)
    monkeypatch.setattr(time, "sleep", lambda seconds: left.pop(0)() if left else pytest.fail("it waits for nothing"))


def append(path: Path, text: str) -> Callable[[], object]:
    def step() -> None:
        with path.open("a") as log:
            log.write(text)

    return step


def test_only_what_is_new_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kafka.log"
    path.write_text("old\n")
    writes(monkeypatch, append(path, "one\ntwo\n"))
    lines = follow(path)
    assert [next(lines), next(lines)] == ["one", "two"]


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kafka.log"
    writes(monkeypatch, lambda: None, append(path, "first\n"))
    assert next(follow(path)) == "first"


def test_a_log_that_was_rotated_is_followed_in_its_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "kafka.log"
    path.write_text("old\n")

    def rotate() -> None:
        path.rename(tmp_path / "kafka.log.1")
        path.write_text("after\n")

    writes(monkeypatch, append(path, "before\n"), rotate)
    lines = follow(path)
    assert [next(lines), next(lines)] == ["before", "after"]


def test_bytes_that_are_no_text_do_not_end_the_reading(tmp_path: Path) -> None:
    path = tmp_path / "trino.log"
    path.write_bytes(b"a\xff\nlast\n")
    assert tail(path, 5) == ["a\ufffd", "last"]
    assert tail(path, 0) == []
