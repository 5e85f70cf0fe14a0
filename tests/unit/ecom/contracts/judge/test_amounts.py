"""Numbers of messages, exact to the last digit."""

from decimal import Decimal

import pytest

from ecom.contracts.judge.amounts import read_amount, read_integer, read_number
from ecom.contracts.judge.found import ABSENT
from ecom.contracts.judge.reading import Reader
from ecom.contracts.judge.seen import Seen
from ecom.contracts.judge.strict_json import parse
from ecom.contracts.model import Field, Unit

LARGEST = Decimal(10**12)


def amount_of(unit: Unit, kind: str = "number") -> Reader:
    logical = "integer" if kind == "integer" else "number"
    bounds = {"minimum": Decimal(0), "maximum": LARGEST}
    return read_amount(Field("total", logical, ("total",), required=True, unit=unit, **bounds), "total")  # type: ignore[arg-type]


def read(reader: Reader, value: object, digits: int | None = 2) -> tuple[object, list[str]]:
    """The column's value and the rules that it breaks; a string is JSON's text of the value."""
    seen = Seen()
    seen.digits = digits
    return reader(parse(value) if isinstance(value, str) else value, seen), [one.rule.value for one in seen.broken]


@pytest.mark.parametrize(
    ("text", "digits", "value", "broken"),
    [
        ("19.99", 2, Decimal("19.99"), []),
        ('"19.99"', 2, Decimal("19.99"), []),
        ("19.990", 2, Decimal("19.99"), []),
        ("19.999", 2, Decimal("19.999"), ["too_many_fraction_digits"]),
        ("5.5", 0, Decimal("5.5"), ["too_many_fraction_digits"]),
        ("1.0", 0, Decimal(1), []),
        ("19.999", None, Decimal("19.999"), []),
        ("-0.00", 2, Decimal(0), []),
        ("-0.01", 2, Decimal("-0.01"), ["out_of_range"]),
        ("1000000000000", 2, LARGEST, []),
        ("1000000000000.01", 2, Decimal("1000000000000.01"), ["out_of_range"]),
        ("1e3", 2, None, ["wrong_type"]),
        ('" 1"', 2, None, ["wrong_type"]),
        ('"1,5"', 2, None, ["wrong_type"]),
        ("true", 2, None, ["wrong_type"]),
        ("null", 2, None, ["missing"]),
    ],
)
def test_major_units(text: str, digits: int | None, value: object, broken: list[str]) -> None:
    assert read(amount_of("major"), text, digits) == (value, broken)


@pytest.mark.parametrize(
    ("text", "digits", "value", "broken"),
    [
        ("1999", 2, Decimal("19.99"), []),
        ("1999", 0, Decimal(1999), []),
        ("1999", 3, Decimal("1.999"), []),
        ('"1999"', 2, Decimal("19.99"), []),
        ("-1", 2, Decimal("-0.01"), ["out_of_range"]),
        ("100000000000001", 2, Decimal("1000000000000.01"), ["out_of_range"]),
        ("19.99", 2, None, ["wrong_type"]),
    ],
)
def test_minor_units_become_major_ones_by_the_currency(
    text: str, digits: int, value: object, broken: list[str]
) -> None:
    assert read(amount_of("minor", "integer"), text, digits) == (value, broken)


def test_without_a_currency_only_what_no_currency_allows_is_out_of_range() -> None:
    minor = amount_of("minor", "integer")
    assert read(minor, "1000000000001", None)[1] == []
    assert read(minor, "10000000000000001", None)[1] == ["out_of_range"]


def test_an_amount_of_thousands_of_digits_is_refused_and_does_not_stop_the_judge() -> None:
    for unit in ("major", "minor"):
        assert read(amount_of(unit, "integer"), "9" * 5_000)[1] == ["out_of_range"]


@pytest.mark.parametrize(
    ("text", "value", "broken"),
    [
        ("7", 7, []),
        ("-7", -7, []),
        ("9223372036854775807", 2**63 - 1, []),
        ("9223372036854775808", None, ["out_of_range"]),
        ("9" * 5_000, None, ["out_of_range"]),
        ("7.0", None, ["wrong_type"]),
        ('"7"', None, ["wrong_type"]),
        ("null", None, []),
    ],
)
def test_integers_are_those_that_a_column_can_hold(text: str, value: object, broken: list[str]) -> None:
    assert read(read_integer(Field("n", "integer", ("n",)), "n"), text) == (value, broken)


@pytest.mark.parametrize(
    ("text", "value", "broken"),
    [
        ("0.1", Decimal("0.1"), []),
        ("0.123456789012345678", Decimal("0.123456789012345678"), []),
        ("0.1234567890123456789", None, ["too_many_fraction_digits"]),
        ("99999999999999999999", Decimal("99999999999999999999"), []),
        ("999999999999999999999", None, ["out_of_range"]),
        ("1E2", None, ["wrong_type"]),
        ('"0.1"', None, ["wrong_type"]),
    ],
)
def test_plain_numbers_are_exact_to_18_fraction_digits(text: str, value: object, broken: list[str]) -> None:
    assert read(read_number(Field("n", "number", ("n",)), "n"), text) == (value, broken)


def test_a_field_that_may_be_absent_is_none_without_a_reason() -> None:
    assert read(read_integer(Field("n", "integer", ("n",)), "n"), ABSENT) == (None, [])
