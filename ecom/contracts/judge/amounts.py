"""Numbers: amounts of money to major units, quantities, plain decimals. Exact, never through a float."""

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from ecom.contracts.judge.reading import Reader, missing_or_wrong
from ecom.contracts.judge.seen import Seen
from ecom.contracts.judge.strict_json import Integer, Number
from ecom.contracts.model import Field
from ecom.contracts.rules import Rule

_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_UNIT = {digits: Decimal(1).scaleb(-digits) for digits in range(5)}
_LONGEST_NUMBER = 40  # characters that a number in range can need; more is looked at digit by digit
_ZERO = Decimal(0)
_ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
_LEAST_BIGINT, _GREATEST_BIGINT = -(2**63), 2**63 - 1
NUMBER_SCALE, NUMBER_WHOLE = 18, 20  # digits behind and before the point of a number without a unit


def read_integer(field: Field, name: str) -> Reader:
    """A JSON integer to int."""
    low = _LEAST_BIGINT if field.minimum is None else field.minimum
    high = _GREATEST_BIGINT if field.maximum is None else field.maximum

    def read(value: Any, seen: Seen) -> int | None:
        if type(value) is Integer:
            number = int(value) if len(value) < _LONGEST_NUMBER else _beyond(value)
            if number is not None and low <= number <= high:
                return number
            seen.breaks(name, Rule.OUT_OF_RANGE, value)
        else:
            missing_or_wrong(field, name, value, seen, "a JSON integer")
        return None

    return read


def read_number(field: Field, name: str) -> Reader:
    """A JSON number without exponent to Decimal, with at most 18 fraction digits."""
    low, high = field.minimum, field.maximum

    def read(value: Any, seen: Seen) -> Decimal | None:
        text = _plain(value) if isinstance(value, Number) else None
        if text is None:
            missing_or_wrong(field, name, value, seen, "a JSON number without exponent")
            return None
        number, fraction = _exact(text)
        whole = len(text.lstrip("-").partition(".")[0])
        if whole > NUMBER_WHOLE or _is_outside(number, number, low, high):
            seen.breaks(name, Rule.OUT_OF_RANGE, value)
            return None
        if fraction > NUMBER_SCALE:
            seen.breaks(name, Rule.TOO_MANY_FRACTION_DIGITS, value, f"at most {NUMBER_SCALE}")
            return None
        return number

    return read


def read_amount(field: Field, name: str) -> Reader:
    """A number of the field's unit, or a string of one, to Decimal in major units of `seen.digits`' currency."""
    if field.unit == "major":
        return _read_major(field, name)
    return _read_minor(field, name) if field.rounding is None else _read_minor_rounding(field, name)


def _read_major(field: Field, name: str) -> Reader:
    low, high, integral, rounding = (
        field.minimum,
        field.maximum,
        field.type == "integer",
        _ROUNDING.get(field.rounding or ""),
    )
    what = "an integer" if integral else "a number" if field.exponent else "a number without exponent"
    wanted = f"{what}, or a string of one"

    def read(value: Any, seen: Seen) -> Decimal | None:
        text = _plain(value, integral)
        if text is None:
            missing_or_wrong(field, name, value, seen, wanted)
            return None
        number, fraction = _exact(text)
        if _is_outside(number, number, low, high):
            seen.breaks(name, Rule.OUT_OF_RANGE, value)
        if seen.digits is not None and fraction > seen.digits:
            if rounding is not None:
                return _rounded(number, seen.digits, len(text), rounding)
            seen.breaks(name, Rule.TOO_MANY_FRACTION_DIGITS, value, f"the currency has {seen.digits}")
        return number

    return read


def _read_minor(field: Field, name: str) -> Reader:
    low, high, integral = field.minimum, field.maximum, field.type == "integer"

    def read(value: Any, seen: Seen) -> Decimal | None:
        text = _plain(value, integral)
        if text is None:
            missing_or_wrong(field, name, value, seen, "an integer of minor units, or a string of one")
            return None
        number, fraction = _exact(text)
        if fraction:
            seen.breaks(name, Rule.TOO_MANY_FRACTION_DIGITS, value, "minor units have none")
        # Without a known currency only what holds in every currency is said.
        at_most = number * _UNIT[seen.digits or 0]
        at_least = at_most if seen.digits is not None else number * _UNIT[4]
        if len(text) > _LONGEST_NUMBER or _is_outside(at_most, at_least, low, high):
            seen.breaks(name, Rule.OUT_OF_RANGE, value)
        return at_most

    return read


def _read_minor_rounding(field: Field, name: str) -> Reader:
    """Bounds hold before rounding, exactly."""
    low, high, rounding = field.minimum, field.maximum, _ROUNDING[field.rounding or "half_up"]

    def read(value: Any, seen: Seen) -> Decimal | None:
        text = _plain(value, field.type == "integer")
        if text is None:
            missing_or_wrong(field, name, value, seen, "a number of minor units, or a string of one")
            return None
        number, fraction = _exact(text)
        exact, unit = Context(prec=len(text) + 8), _UNIT[seen.digits or 0]
        at_most = exact.multiply(number, unit)
        at_least = at_most if seen.digits is not None else exact.multiply(number, _UNIT[4])
        if _is_outside(at_most, at_least, low, high):
            seen.breaks(name, Rule.OUT_OF_RANGE, value)
        return exact.multiply(_rounded(number, 0, len(text), rounding) if fraction else number, unit)

    return read


def _rounded(number: Decimal, digits: int, length: int, rounding: str) -> Decimal:
    """To so many fraction digits; `length` is that of the number's text."""
    return number.quantize(_UNIT[digits], rounding, Context(prec=length + 8)) or _ZERO


def _plain(value: Any, integral: bool = False) -> str | None:
    """The digits of a number or of a string of one; None: it is neither, or has an exponent."""
    if type(value) is Integer:
        return value
    if not isinstance(value, str):
        return None
    if integral:
        return value if not isinstance(value, Number) and _INTEGER.fullmatch(value) else None
    return value if _DECIMAL.fullmatch(value) else None


def _exact(text: str) -> tuple[Decimal, int]:
    """The number, and its fraction digits by value: those of 19.990 are two. Zero has no sign."""
    whole, point, fraction = text.partition(".")
    if point:
        fraction = fraction.rstrip("0")
        text = f"{whole}.{fraction}" if fraction else whole
    number = Decimal(text)
    return number if number else _ZERO, len(fraction)


def _is_outside(at_most: Decimal, at_least: Decimal, low: Decimal | None, high: Decimal | None) -> bool:
    return (low is not None and at_most < low) or (high is not None and at_least > high)


def _beyond(text: str) -> int | None:
    """None: no integer that a column can hold. (Python refuses to convert thousands of digits.)"""
    return None if len(text) >= _LONGEST_NUMBER else int(text)
