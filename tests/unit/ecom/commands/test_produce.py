"""Spans and starts as `ecom produce` takes them."""

from datetime import UTC, datetime, timedelta

import pytest

from ecom.base.errors import EcomError
from ecom.commands.produce import parse_span, parse_start

NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


def test_spans_and_starts() -> None:
    assert parse_span("90s") == timedelta(seconds=90)
    assert parse_start(None, timedelta(hours=6), NOW) == NOW - timedelta(hours=6)
    assert parse_start("2026-01-31", timedelta(hours=6), NOW) == datetime(2026, 1, 31, tzinfo=UTC)
    assert parse_start("2026-01-31T05:30:00+05:30", timedelta(hours=6), NOW) == datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "6", "h", "0s", "-1h", "1w", "1e3s"])
def test_a_wrong_span_is_a_sentence(text: str) -> None:
    with pytest.raises(EcomError, match="--span"):
        parse_span(text)


@pytest.mark.parametrize("text", ["yesterday", "2026-02-02T12:00:00Z"])
def test_a_start_that_is_no_time_or_too_far_ahead_is_a_sentence(text: str) -> None:
    with pytest.raises(EcomError, match="--start"):
        parse_start(text, timedelta(hours=6), NOW)
