"""What a contract says of one field, compiled to Spark SQL expressions: its typed value and the rules it breaks.

Each field passes through two stages, so that nothing costly is computed twice: `Found` (the VARIANT, its kind, its
text) and `Judged` (typed value, reasons). The same functions serve top-level columns and the members of an item,
inside a lambda.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F

from ecom.contracts.model import Field
from spark_jobs.transforms.parsing_json import text_of

REASON = "struct<field:string,rule:string,found:string>"
FOUND_LENGTH = 200
AMOUNT = "decimal(20,4)"
DAY_MICROS = 86_400_000_000

# A JSON number without exponent; \z because $ also matches before a final newline.
_DECIMAL = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\z"
_INTEGER = r"^-?(?:0|[1-9][0-9]*)\z"
# ISO 8601 extended format, complete date, offset given. Seconds may be absent: Java's OffsetDateTime drops zeros.
_ISO_8601 = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:[0-5][0-9])\z"
# Sign, 20 digits, point, 20 digits: more decides nothing, and a megabyte of digits is slow to convert. The type holds
# every amount in range, and 10 fraction digits; times decimal(5,4) it is decimal(34,14), which cannot overflow.
_ENOUGH_DIGITS = 42
_WIDE_AMOUNT = "decimal(28,10)"
# Years 1 to 9999 in UTC, less two days at each end, so that every reader shows them in any time zone.
_FIRST_MILLIS, _LAST_MILLIS = -62_135_424_000_000, 253_402_128_000_000


@dataclass(frozen=True)
class Found:
    """A field as found in the message. `kind` is null where it is absent, `digits` where no currency is known."""

    value: Column
    kind: Column
    text: Column
    digits: Column
    broker_micros: Column

    @property
    def absent(self) -> Column:
        return self.kind.isNull() | (self.kind == "VOID")

    @property
    def is_string(self) -> Column:
        return self.kind == "STRING"

    @property
    def is_integer(self) -> Column:
        # Integers beyond 64 bits come as DECIMAL(p,0), and so does 5.0, with a small p: that one is no integer.
        wide = self.kind.rlike(r"^DECIMAL\((?:19|[23][0-9]),0\)\z")
        return (self.kind == "BIGINT") | wide

    @property
    def is_number(self) -> Column:
        """An exact number: VARIANT holds exponents and more than 38 digits as DOUBLE."""
        return (self.kind == "BIGINT") | self.kind.startswith("DECIMAL")


@dataclass(frozen=True)
class Reason:
    """A rule of a field, and whether this message breaks it (null counts as no)."""

    field: Column
    rule: str
    found: Column
    broken: Column

    def struct(self) -> Column:
        found = F.left(self.found, F.lit(FOUND_LENGTH))
        return F.struct(self.field.alias("field"), F.lit(self.rule).alias("rule"), found.alias("found"))


@dataclass(frozen=True)
class Judged:
    value: Column
    reasons: list[Reason]


def judge_field(field: Field, found: Found, name: Column) -> Judged:
    """The typed value of a scalar field and what it breaks; `name` is how reasons call it."""
    judges = {"string": _string, "integer": _number, "number": _number, "timestamp": _timestamp}
    well_typed, value, rules = judges[field.type](field, found)
    missing = found.absent
    if field.type == "string" and (field.min_length or 0) > 0:
        missing = missing | (found.is_string & (found.text == ""))
    present = ~missing
    reasons = [Reason(name, rule, found.text, present & well_typed & broken) for rule, broken in rules]
    reasons.append(Reason(name, "wrong_type", text_of(found.value), present & ~well_typed))
    if field.required:
        reasons.append(Reason(name, "missing", _as_found_missing(found), missing))
    return Judged(F.when(present & well_typed, value), reasons)


def broken_rules(judged: Iterable[Judged]) -> Column:
    """array<REASON> of all that is broken. Good messages, the most, pay only for the test whether anything is."""
    reasons = [reason for one in judged for reason in one.reasons]
    none = F.array().cast(f"array<{REASON}>")
    anything = reduce(or_, (F.coalesce(reason.broken, F.lit(False)) for reason in reasons))
    each = F.array(*(F.when(reason.broken, reason.struct()) for reason in reasons))
    return F.when(anything, F.array_compact(each)).otherwise(none)


def _as_found_missing(found: Found) -> Column:
    return F.when(found.kind == "VOID", F.lit("null")).when(found.is_string, F.lit(""))


Rules = list[tuple[str, Column]]


def _string(field: Field, found: Found) -> tuple[Column, Column, Rules]:
    text, rules = found.text, Rules()
    if field.name == "currency":
        rules.append(("unknown_currency", found.digits.isNull()))
    if field.enum:
        rules.append(("not_allowed", ~text.isin(*field.enum)))
    if field.pattern is not None:
        rules.append(("not_allowed", ~text.rlike(field.pattern)))
    if (field.min_length or 0) > 1:
        rules.append(("out_of_range", F.length(text) < F.lit(field.min_length)))
    if field.max_length is not None:
        rules.append(("out_of_range", F.length(text) > F.lit(field.max_length)))
    return found.is_string, text, rules


def _number(field: Field, found: Found) -> tuple[Column, Column, Rules]:
    """Quantities take a JSON integer; amounts (fields with a unit) also a string of digits."""
    integral = field.type == "integer"
    well_typed = found.is_integer if integral else found.is_number
    if field.unit is None:
        value = found.text.try_cast("bigint" if integral else "decimal(38,18)")
        return well_typed, value, [("out_of_range", value.isNull() | _outside(field, value, value))]
    in_string = found.is_string & found.text.rlike(_INTEGER if integral else _DECIMAL)
    return (well_typed | in_string, *_amount(field, found))


def _amount(field: Field, found: Found) -> tuple[Column, Rules]:
    """The amount in major units, as decimal(20,4), and its rules."""
    number = F.left(found.text, F.lit(_ENOUGH_DIGITS)).try_cast(_WIDE_AMOUNT)
    too_fine = _fraction_digits(found.text) > (found.digits if field.unit == "major" else F.lit(0))
    if field.unit == "major":
        value, at_most, at_least = number, number, number
    else:
        value = number * _major_per_minor(found.digits)
        # Without a known currency only what holds in every currency is said.
        at_most = number * F.coalesce(_major_per_minor(found.digits), F.lit(Decimal("1.0000")))
        at_least = number * F.coalesce(_major_per_minor(found.digits), F.lit(Decimal("0.0001")))
    out = number.isNull() | _outside(field, at_most, at_least)
    return value.try_cast(AMOUNT), [
        ("out_of_range", out),
        ("too_many_fraction_digits", F.coalesce(too_fine, F.lit(False))),
    ]


def _major_per_minor(digits: Column) -> Column:
    factor = F.when(digits == 0, F.lit(Decimal("1.0000")))
    for count in (2, 3, 4):
        factor = factor.when(digits == count, F.lit(Decimal(1).scaleb(-count).quantize(Decimal("0.0001"))))
    return factor.cast("decimal(5,4)")


def _fraction_digits(text: Column) -> Column:
    """Fraction digits by value: those of 19.990 are 2."""
    fraction = F.substring_index(text, ".", -1)
    return F.when(F.contains(text, F.lit(".")), F.length(F.rtrim(fraction, F.lit("0")))).otherwise(0)


def _outside(field: Field, at_most: Column, at_least: Column) -> Column:
    outside = F.lit(False)
    if field.minimum is not None:
        outside = outside | (at_most < F.lit(field.minimum))
    if field.maximum is not None:
        outside = outside | (at_least > F.lit(field.maximum))
    return outside


def _timestamp(field: Field, found: Found) -> tuple[Column, Column, Rules]:
    """ISO 8601 with offset, truncated to microseconds, or epoch milliseconds as a JSON integer."""
    to_minute, rest = F.left(found.text, F.lit(16)), F.substring(found.text, 17, 1_000_000)
    with_seconds = F.when(rest.startswith(":"), found.text).otherwise(F.concat(to_minute, F.lit(":00"), rest))
    written = F.when(found.is_string & found.text.rlike(_ISO_8601), with_seconds.try_cast("timestamp"))
    millis = F.when(found.is_integer, found.text.try_cast("decimal(38,0)"))
    bounded = F.when(millis.isNotNull(), F.greatest(F.least(millis, F.lit(_LAST_MILLIS)), F.lit(_FIRST_MILLIS)))
    formats = {"iso8601": [F.unix_micros(written)], "epoch_millis": [bounded.cast("bigint") * 1000]}
    accepted = formats.get(field.timestamp_format or "", [*formats["iso8601"], *formats["epoch_millis"]])
    micros = F.coalesce(*accepted)
    rules: Rules = [("in_the_future", F.coalesce(micros > found.broker_micros + DAY_MICROS, F.lit(False)))]
    if field.earliest is not None:
        rules.append(("out_of_range", micros < _micros(field.earliest)))
    if field.latest is not None:
        rules.append(("out_of_range", micros > _micros(field.latest)))
    shown = F.greatest(F.least(micros, F.lit(_LAST_MILLIS * 1000)), F.lit(_FIRST_MILLIS * 1000))
    return micros.isNotNull(), F.timestamp_micros(shown), rules


def _micros(instant: datetime) -> int:
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
