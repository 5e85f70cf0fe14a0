"""The contract's rules, value by value. Each check returns what the column holds, or raises with the broken rules."""

import re
from datetime import UTC, datetime, timedelta
from decimal import MAX_EMAX, MIN_EMIN, ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import re2

from oracle.contracts import Rule
from oracle.currencies import DIGITS
from oracle.strict_json import Number
from oracle.times import TwiceError, from_number, from_text

DAY_US = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLAIN = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
EXPONENT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?[eE]([+-]?)([0-9]+)")
BLANKS = re.compile(r"\A[ \t\r\n\f\v]+|[ \t\r\n\f\v]+\Z")
ROUNDING = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "down": ROUND_DOWN}
MOST_MOVED = 10**7  # a message is shorter
BIGINT = 2**63
# What readers show in whatever time zone.
SHOWN = datetime(1, 1, 3, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


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
    if code is not None and code not in digits_of(rule):
        raise BrokenError("unknown_currency")
    return code


def digits_of(rule: Rule) -> dict[str, int]:
    """How many the amounts of each currency have: the contract's word goes before the standard's."""
    return DIGITS | dict(rule.digits)


def amount(value: Any, rule: Rule, digits: int | None) -> Decimal | None:
    """Major units. Where the currency's digits are not known (None), only what would hold in every currency is said."""
    if _is_absent(value, rule):
        return None
    number = _exact(value, INTEGER if rule.kind == "integer" else PLAIN, rule)
    is_minor = rule.unit == "minor"
    broken, allowed = [], 0 if is_minor else digits
    is_too_fine = allowed is not None and _fraction_digits(number) > allowed
    if is_too_fine and not rule.rounds:
        broken.append("too_many_fraction_digits")
    major = _scaled(number, -(4 if digits is None else digits)) if is_minor else number
    lowest = number if digits is None else major
    if (rule.low is not None and lowest < rule.low) or (rule.high is not None and major > rule.high):
        broken.append("out_of_range")
    if broken:
        raise BrokenError(*broken)
    if is_too_fine and allowed is not None:
        number = _rounded(number, allowed, ROUNDING[str(rule.rounds)])
        major = _scaled(number, -(digits or 0)) if is_minor else number
    return abs(major) if major == 0 else major  # -0 is 0


def integer(value: Any, rule: Rule) -> int | None:
    if _is_absent(value, rule):
        return None
    if not isinstance(value, Number):
        raise BrokenError("wrong_type")
    found = _exact(value, INTEGER, rule)
    if _is_outside(found, rule) or not -BIGINT <= found < BIGINT:
        raise BrokenError("out_of_range")
    return int(found) if found else 0


def number(value: Any, rule: Rule) -> Decimal | None:
    """A plain number that decimal(38,18) holds exactly. Raises BrokenError."""
    if _is_absent(value, rule):
        return None
    if not isinstance(value, Number):
        raise BrokenError("wrong_type")
    found = _exact(value, PLAIN, rule)
    if (found and found.adjusted() >= 20) or _is_outside(found, rule):
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
    try:
        at = _moment(value, rule)
    except TwiceError:
        raise BrokenError("ambiguous_time") from None
    if at is None:
        raise BrokenError("wrong_type")
    return within(at, rule, latest_us)


def within(at: int, rule: Rule, latest_us: int | None) -> int:
    """The instant, where it is in the contract's bounds."""
    broken = ["in_the_future"] if latest_us is not None and at > latest_us else []
    lasts = [rule.last] if rule.last else []
    lasts += [SHOWN[1]] if latest_us is None else []
    if at < micros(max(rule.first or SHOWN[0], SHOWN[0])) or any(at > micros(last) for last in lasts):
        broken.append("out_of_range")
    if broken:
        raise BrokenError(*broken)
    return at


def _moment(value: Any, rule: Rule) -> int | None:
    if not isinstance(value, str):
        return None
    is_number, is_epoch = isinstance(value, Number), (rule.form or "").startswith("epoch_")
    if is_number and (is_epoch or rule.form is None):
        is_taken = not rule.json_types or "integer" in rule.json_types
        return from_number(value, rule.form or "epoch_millis") if is_taken else None
    if not is_number and is_epoch:
        return from_number(value, str(rule.form)) if "string" in rule.json_types else None
    return None if is_number else from_text(value, rule.form or "iso8601", rule.zone, rule.twice)


def as_told(value: Any, rule: Rule) -> Any:
    """The value as its type has it in JSON, where the contract lets it stand otherwise. Raises BrokenError."""
    if rule.trims and isinstance(value, str) and not isinstance(value, Number):
        value = BLANKS.sub("", value)
    if rule.json_types and rule.kind != "timestamp" and value is not None:
        value = _of_type(value, rule)
    if rule.folds and rule.kind == "string" and isinstance(value, str) and value not in _words(rule):
        same = [word for word in _words(rule) if word.casefold() == value.casefold()]
        value = same[0] if same else value
    return value


def _words(rule: Rule) -> list[str]:
    words = [*rule.words, *rule.allowed]
    return words if rule.allowed or rule.name != "currency" else [*words, *digits_of(rule)]


def _of_type(value: Any, rule: Rule) -> Any:
    if isinstance(value, Number):
        if rule.kind != "string":
            return _if(rule.kind in rule.json_types, value)
        return _if("integer" in rule.json_types and bool(INTEGER.fullmatch(value)), str(value))
    if isinstance(value, str):
        return _of_text(_if("string" in rule.json_types, value), rule)
    if isinstance(value, bool):
        _if("boolean" in rule.json_types, value)
        return str(value).lower() if rule.kind == "string" else value
    return value


def _of_text(value: str, rule: Rule) -> Any:
    if rule.kind == "string":
        return value
    if rule.kind == "boolean":
        word = value.casefold() if rule.folds else value
        return _if(word in ("true", "false"), word == "true")
    return _if(bool(PLAIN.fullmatch(value) or (rule.takes_exponent and EXPONENT.fullmatch(value))), Number(value))


def _if(is_right: bool, value: Any) -> Any:
    if not is_right:
        raise BrokenError("wrong_type")
    return value


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _is_absent(value: Any, rule: Rule) -> bool:
    if value is None and rule.required:
        raise BrokenError("missing")
    return value is None


def _is_outside(value: Decimal, rule: Rule) -> bool:
    return (rule.low is not None and value < rule.low) or (rule.high is not None and value > rule.high)


def _exact(value: Any, pattern: re.Pattern[str], rule: Rule) -> Decimal:
    """A JSON number, or such a number in a string; with an exponent where the rule takes one."""
    short = EXPONENT.fullmatch(value) if rule.takes_exponent and isinstance(value, str) else None
    if short:
        found = _moved(*short.groups())
        _if(pattern is PLAIN or not _fraction_digits(found), found)
        return found
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise BrokenError("wrong_type")
    return Decimal(value)


def _moved(sign: str, whole: str, fraction: str | None, direction: str, by: str) -> Decimal:
    mantissa = Decimal(f"{sign}{whole}.{fraction or 0}").as_tuple()
    moved = MOST_MOVED if len(by.lstrip("0")) > 7 else int(by)
    exponent = int(mantissa.exponent) + (-moved if direction == "-" else moved)
    return Decimal((mantissa.sign, mantissa.digits, exponent))


def _fraction_digits(value: Decimal) -> int:
    """By value: 19.990 has two."""
    digits, exponent = value.as_tuple().digits, int(value.as_tuple().exponent)
    zeros = 0
    while value and digits[-1 - zeros] == 0:
        zeros += 1
    return max(-(exponent + zeros), 0) if value else 0


def _scaled(value: Decimal, power: int) -> Decimal:
    with localcontext(prec=max(50, len(value.as_tuple().digits) + 5), Emax=MAX_EMAX, Emin=MIN_EMIN):
        return value.scaleb(power)


def _rounded(value: Decimal, digits: int, how: str) -> Decimal:
    with localcontext(prec=50, Emax=MAX_EMAX, Emin=MIN_EMIN):
        return value.quantize(Decimal(1).scaleb(-digits), how)
