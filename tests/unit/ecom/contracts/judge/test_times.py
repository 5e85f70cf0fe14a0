"""Instants as messages write them."""

from datetime import UTC, datetime

import pytest

from ecom.contracts.judge.found import ABSENT
from ecom.contracts.judge.seen import Seen
from ecom.contracts.judge.strict_json import Integer, Number
from ecom.contracts.judge.times import DAY_US, FIRST_US, LAST_US, from_iso_8601, micros, read_timestamp, text_of
from ecom.contracts.model import Field

NOON = micros(datetime(2026, 1, 31, 12, tzinfo=UTC))
AT = Field("event_ts", "timestamp", ("event_ts",), required=True)


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T12:00Z", NOON),
        ("2026-01-31T21:00:00+09:00", NOON),
        ("2026-01-31T06:30:00-05:30", NOON),
        ("2026-01-31T12:00:00.123456789Z", NOON + 123_456),
        ("2026-01-31T12:00:00.1Z", NOON + 100_000),
        ("2024-02-29T12:00:00Z", NOON - 702 * DAY_US),
        ("0000-06-01T00:00:00Z", FIRST_US - 1),
        ("2026-01-31T12:00:00", None),
        ("2026-01-31 12:00:00Z", None),
        ("2026-02-29T12:00:00Z", None),
        ("2026-01-31T24:00:00Z", None),
        ("2026-01-31T12:60:00Z", None),
        ("2026-01-31T12:00:00+19:00", None),
        ("2026-01-31T12:00.5Z", None),
        ("2026-W05-6T12:00:00Z", None),
        ("٢٠٢٦-01-31T12:00:00Z", None),
        ("0000-02-30T00:00:00Z", None),
    ],
)
def test_iso_8601_has_a_date_a_time_and_an_offset(text: str, us: int | None) -> None:
    assert from_iso_8601(text) == us


def read(value: object, field: Field = AT, kafka_us: int = NOON, received_us: int = NOON) -> tuple[object, list[str]]:
    """The column's value and the rules that it breaks."""
    seen = Seen()
    seen.begin(kafka_us, received_us)
    return read_timestamp(field, "event_ts", is_event_time=True)(value, seen), [one.rule.value for one in seen.broken]


def test_both_forms_are_read_unless_the_contract_names_one() -> None:
    millis = Integer(str(NOON // 1000))
    assert read(millis) == read("2026-01-31T12:00:00Z") == (NOON, [])
    only_text = Field("event_ts", "timestamp", ("a",), timestamp_format="iso8601")
    assert read(millis, only_text)[1] == ["wrong_type"]
    only_millis = Field("event_ts", "timestamp", ("a",), timestamp_format="epoch_millis")
    assert read("2026-01-31T12:00:00Z", only_millis)[1] == ["wrong_type"]


@pytest.mark.parametrize("value", [Number("1.5"), True, [], {}, "yesterday"])
def test_what_is_no_instant_is_of_the_wrong_type(value: object) -> None:
    assert read(value) == (None, ["wrong_type"])


def test_an_instant_that_is_not_there_is_missing() -> None:
    assert read(ABSENT) == read(None) == (None, ["missing"])


@pytest.mark.parametrize(
    ("ahead", "broken"),
    [(DAY_US, []), (DAY_US + 1_000, ["in_the_future"])],
)
def test_a_day_ahead_of_the_later_clock_is_the_future(ahead: int, broken: list[str]) -> None:
    value = Integer(str((NOON + ahead) // 1000))
    assert read(value)[1] == broken
    assert read(value, received_us=0)[1] == broken, "Kafka's clock counts too"
    assert read(value, kafka_us=0)[1] == broken, "and so does ours"


def test_bounds_of_the_contract_hold() -> None:
    bounded = Field("event_ts", "timestamp", ("a",), earliest=datetime(2000, 1, 1, tzinfo=UTC))
    assert read(Integer("0"), bounded) == (0, ["out_of_range"])


def test_absurd_numbers_stay_within_what_readers_can_show() -> None:
    far, long_ago = read(Integer("9" * 40)), read(Integer("-" + "9" * 40))
    assert (far[0], long_ago[0]) == (LAST_US, FIRST_US)
    assert text_of(10**30).startswith("9999-") and text_of(-(10**30)).endswith("1-01-03T00:00:00Z")
    assert text_of(NOON) == "2026-01-31T12:00:00Z"


def test_seconds_in_place_of_milliseconds_are_told() -> None:
    seen = Seen()
    seen.begin(NOON, NOON)
    early = Field("event_ts", "timestamp", ("a",), earliest=datetime(2000, 1, 1, tzinfo=UTC))
    read_timestamp(early, "event_ts", is_event_time=True)(Integer("1769860800"), seen)
    assert "looks like epoch seconds" in seen.broken[0].note
