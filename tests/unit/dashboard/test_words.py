"""Spans of time and numbers of things."""

from datetime import timedelta

import pytest

from dashboard.words import counted, span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (0.9, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (3_659, "1 h"),
        (12_000, "3 h 20 min"),
        (86_399, "23 h 59 min"),
        (86_400, "1 d"),
        (200_000, "2 d"),
    ],
)
def test_a_span_has_one_unit_and_hours_their_minutes(seconds: float, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [
        (0, ("offset",), "0 offsets"),
        (1, ("offset",), "1 offset"),
        (1_234, ("offset",), "1,234 offsets"),
        (1, ("order paid", "orders paid"), "1 order paid"),
        (2, ("order paid", "orders paid"), "2 orders paid"),
    ],
)
def test_one_thing_is_singular(number: int, words: tuple[str, ...], text: str) -> None:
    assert counted(number, *words) == text
