"""Values to bytes without a float in between, and copies of a message's fields."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from generator.message import Fields, Number, encode, instant, major, micros, value_at, with_value, without

FIELDS: Fields = {"a": 1, "payload": {"id": "x", "n": None}}


def test_json_is_compact_utf_8_and_a_number_keeps_its_text() -> None:
    value: Fields = {"ü": Number("19.990"), "b": [True, None, -7, 'a"\n'], "c": {"d": False}}
    assert encode(value) == '{"ü":19.990,"b":[true,null,-7,"a\\"\\n"],"c":{"d":false}}'.encode()
    assert json.loads(encode(value), parse_float=Decimal)["ü"] == Decimal("19.990")


@pytest.mark.parametrize(
    ("minor", "digits", "text"),
    [
        (1990, 2, "19.90"),
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (1990, 0, "1990"),
        (1990, 3, "1.990"),
        (0, 2, "0.00"),
        (-199000, 3, "-199.000"),
    ],
)
def test_minor_units_as_major_ones(minor: int, digits: int, text: str) -> None:
    assert major(minor, digits) == text


def test_a_value_is_found_by_its_keys() -> None:
    assert value_at(FIELDS, ("payload", "id")) == "x"
    assert value_at(FIELDS, ("payload", "nothing")) is None
    assert value_at(FIELDS, ("a", "deeper")) is None


def test_copies_leave_the_original_as_it_was() -> None:
    before = encode(FIELDS)
    assert with_value(FIELDS, ("payload", "id"), "y") == {"a": 1, "payload": {"id": "y", "n": None}}
    assert with_value(FIELDS, ("new", "id"), 2) == {**FIELDS, "new": {"id": 2}}
    assert without(FIELDS, ("payload", "id")) == {"a": 1, "payload": {"n": None}}
    assert without(FIELDS, ("a",)) == {"payload": FIELDS["payload"]}
    assert without(FIELDS, ("a", "deeper")) == FIELDS
    assert encode(FIELDS) == before


def test_instants_are_exact_to_the_microsecond() -> None:
    at = datetime(2026, 1, 31, 10, 0, 59, 999_999, tzinfo=UTC)
    assert instant(micros(at)) == at
    assert micros(at + timedelta(microseconds=1)) == micros(at) + 1
