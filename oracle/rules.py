"""The contract's rules, field by field. Each check returns the value, or None and notes the rule that is broken."""

import re
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

from oracle.currencies import DIGITS
from oracle.shapes import Path, Unit
from oracle.strict_json import Number

LARGEST_AMOUNT, LARGEST_QUANTITY = 10**12, 10**9
DAY_US = 86_400_000_000
EARLIEST_US = (date(2000, 1, 1).toordinal() - date(1970, 1, 1).toordinal()) * DAY_US
PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):([0-5]\d))", re.ASCII
)
EXACT_DIGITS = 38


class BrokenError(ValueError):
    """The rules that a value breaks."""

    def __init__(self, *rules: str) -> None:
        super().__init__(*rules)
        self.rules = rules


def text(value: Any) -> str:
    return any_text(None if value == "" else value)


def any_text(value: Any) -> str:
    if value is None:
        raise BrokenError("missing")
    if not isinstance(value, str) or isinstance(value, Number):
        raise BrokenError("wrong_type")
    return value


def optional_text(value: Any) -> str | None:
    return None if value is None else any_text(value)


def optional_id(value: Any) -> str | None:
    """An empty one is none."""
    return None if value is None or value == "" else any_text(value)


def choice(value: Any, allowed: frozenset[str]) -> str:
    if any_text(value) not in allowed:
        raise BrokenError("not_allowed")
    return str(value)


def currency(value: Any) -> str:
    if text(value) not in DIGITS:
        raise BrokenError("unknown_currency")
    return str(value)


def amount(value: Any, unit: Unit, code: str | None) -> Decimal:
    """Major units. Where the currency is not known (None), only what would hold in every currency is said."""
    if value is None:
        raise BrokenError("missing")
    number = _exact(value, PLAIN if unit == "major" else INTEGER)
    broken = []
    if unit == "minor":
        number = _scaled(number, -(4 if code is None else DIGITS[code]))
    elif code is not None and _fraction_digits(number) > DIGITS[code]:
        broken.append("too_many_fraction_digits")
    if number < 0 or number > LARGEST_AMOUNT:
        broken.append("out_of_range")
    if broken:
        raise BrokenError(*broken)
    return abs(number)  # -0 is 0


def quantity(value: Any) -> int:
    if value is None:
        raise BrokenError("missing")
    if not _is_integer(value):
        raise BrokenError("wrong_type")
    if not 0 <= int(value) <= LARGEST_QUANTITY:
        raise BrokenError("out_of_range")
    return int(value)


def instant(value: Any, broker_us: int, iso8601: bool, epoch_millis: bool) -> int:
    """Microseconds since 1970; finer digits are cut off."""
    if value is None:
        raise BrokenError("missing")
    at = None
    if _is_integer(value) and epoch_millis:
        at = int(value) * 1000
    elif isinstance(value, str) and not isinstance(value, Number) and iso8601:
        at = _iso8601(value)
    if at is None:
        raise BrokenError("wrong_type")
    if at > broker_us + DAY_US:
        raise BrokenError("in_the_future")
    if at < EARLIEST_US:
        raise BrokenError("out_of_range")
    return at


def find(document: Any, path: Path) -> Any:
    """What lies at `path`, None where there is nothing (or null)."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _is_integer(value: Any) -> bool:
    """A JSON integer of at most 38 digits."""
    return isinstance(value, Number) and bool(INTEGER.fullmatch(value)) and len(value.lstrip("-")) <= EXACT_DIGITS


def _exact(value: Any, pattern: re.Pattern[str]) -> Decimal:
    """A JSON number without exponent of at most 38 digits, or such a number in a string, of any length."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BrokenError("wrong_type")
    if isinstance(value, Number):
        whole, _, fraction = value.lstrip("-").partition(".")
        if len((whole + fraction).lstrip("0")) > EXACT_DIGITS or len(fraction) > EXACT_DIGITS:
            raise BrokenError("wrong_type")
    return Decimal(value)


def _fraction_digits(number: Decimal) -> int:
    """By value: 19.990 has two."""
    fraction = format(number, "f").partition(".")[2]
    return len(fraction.rstrip("0"))


def _scaled(number: Decimal, power: int) -> Decimal:
    with localcontext(prec=max(50, len(number.as_tuple().digits) + 5)):
        return number.scaleb(power)


def _iso8601(text: str) -> int | None:
    match = INSTANT.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction, sign, offset_hours, offset_minutes = match.groups()[6:]
    offset = int(offset_hours or 0) * 60 + int(offset_minutes or 0)
    if hour > 23 or minute > 59 or second > 59 or offset > 18 * 60:
        return None
    try:
        days = date(year or 4, month, day).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        return None
    if year == 0:  # not in Python's calendar; four years on, the days are the same
        days -= 4 * 365 + 1
    minutes = hour * 60 + minute - (-offset if sign == "-" else offset)
    micros = int((fraction or "")[:6].ljust(6, "0"))
    return days * DAY_US + (minutes * 60 + second) * 1_000_000 + micros
