"""The contract's rules, value by value. Each check returns what the column holds, or raises with the broken rules."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

import re2

from oracle.contracts import Rule
from oracle.currencies import DIGITS
from oracle.strict_json import Number

DAY_US = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):([0-5]\d))", re.ASCII
)
BIGINT = 2**63


class BrokenError(ValueError):
    """The rules that a value breaks."""

    def __init__(self, *rules: str) -> None:
        super().__init__(*rules)
        self.rules = rules


def text(value: Any, rule: Rule) -> str | None:
    """A string; an empty one is none where the contract wants a character."""
    if _is_absent(None if value == "" and rule.shortest > 0 else value, rule):
        return None
    if not isinstance(value, str) or isinstance(value, Number):
        raise BrokenError("wrong_type")
    if len(value) < rule.shortest or (rule.longest is not None and len(value) > rule.longest):
        raise BrokenError("out_of_range")
    if rule.allowed and value not in rule.allowed and value not in rule.words:
        raise BrokenError("not_allowed")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise BrokenError("invalid_utf8")
    if rule.pattern is not None and not re2.search(rule.pattern, value):
        raise BrokenError("not_allowed")
    return rule.words.get(value, value)


def currency(value: Any, rule: Rule) -> str | None:
    code = text(value, rule)
    if code is not None and code not in DIGITS:
        raise BrokenError("unknown_currency")
    return code


def amount(value: Any, rule: Rule, code: str | None) -> Decimal | None:
    """Major units. Where the currency is not known (None), only what would hold in every currency is said."""
    if _is_absent(value, rule):
        return None
    number = _exact(value, INTEGER if rule.kind == "integer" else PLAIN)
    broken, allowed = [], 0 if rule.unit == "minor" else (None if code is None else DIGITS[code])
    if allowed is not None and _fraction_digits(number) > allowed:
        broken.append("too_many_fraction_digits")
    major = number
    if rule.unit == "minor":
        major = _scaled(number, -(4 if code is None else DIGITS[code]))
    if (rule.low is not None and number < rule.low) or (rule.high is not None and major > rule.high):
        broken.append("out_of_range")
    if broken:
        raise BrokenError(*broken)
    return abs(major) if major == 0 else major  # -0 is 0


def integer(value: Any, rule: Rule) -> int | None:
    if _is_absent(value, rule):
        return None
    if not isinstance(value, Number) or not INTEGER.fullmatch(value):
        raise BrokenError("wrong_type")
    if len(value) > 25 or not -BIGINT <= int(value) < BIGINT or _is_outside(Decimal(value), rule):
        raise BrokenError("out_of_range")
    return int(value)


def number(value: Any, rule: Rule) -> Decimal | None:
    if _is_absent(value, rule):
        return None
    if not isinstance(value, Number):
        raise BrokenError("wrong_type")
    found = _exact(value, PLAIN)
    if len(value.lstrip("-").partition(".")[0]) > 20 or _is_outside(found, rule):
        raise BrokenError("out_of_range")
    if _fraction_digits(found) > 18:
        raise BrokenError("too_many_fraction_digits")
    return found


def boolean(value: Any, rule: Rule) -> bool | None:
    if _is_absent(value, rule):
        return None
    if not isinstance(value, bool):
        raise BrokenError("wrong_type")
    return value


def instant(value: Any, rule: Rule, latest_us: int | None) -> int | None:
    """Microseconds since 1970; finer digits are cut off. `latest_us`: more is in the future."""
    if _is_absent(value, rule):
        return None
    at = None
    if isinstance(value, Number):
        at = int(value[:40]) * 1000 if INTEGER.fullmatch(value) and rule.form != "iso8601" else None
    elif isinstance(value, str) and rule.form != "epoch_millis":
        at = _iso8601(value)
    if at is None:
        raise BrokenError("wrong_type")
    broken = ["in_the_future"] if latest_us is not None and at > latest_us else []
    if (rule.first and at < micros(rule.first)) or (rule.last and at > micros(rule.last)):
        broken.append("out_of_range")
    if broken:
        raise BrokenError(*broken)
    return at


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def find(document: Any, path: tuple[str, ...]) -> Any:
    """What lies at `path`, None where there is nothing (or null)."""
    for key in path:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _is_absent(value: Any, rule: Rule) -> bool:
    if value is None and rule.required:
        raise BrokenError("missing")
    return value is None


def _is_outside(value: Decimal, rule: Rule) -> bool:
    return (rule.low is not None and value < rule.low) or (rule.high is not None and value > rule.high)


def _exact(value: Any, pattern: re.Pattern[str]) -> Decimal:
    """A JSON number without exponent, or such a number in a string."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BrokenError("wrong_type")
    return Decimal(value)


def _fraction_digits(value: Decimal) -> int:
    """By value: 19.990 has two."""
    fraction = format(value, "f").partition(".")[2]
    return len(fraction.rstrip("0"))


def _scaled(value: Decimal, power: int) -> Decimal:
    with localcontext(prec=max(50, len(value.as_tuple().digits) + 5)):
        return value.scaleb(power)


def _iso8601(given: str) -> int | None:
    match = INSTANT.fullmatch(given)
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
    microseconds = int((fraction or "")[:6].ljust(6, "0"))
    return days * DAY_US + (minutes * 60 + second) * 1_000_000 + microseconds
