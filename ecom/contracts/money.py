"""Amounts as people read them. Decimal all the way: no figure passes through a float."""

from decimal import ROUND_HALF_UP, Context, Decimal

from ecom.contracts.currencies import MINOR_DIGITS

MINUS = "\N{MINUS SIGN}"
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)  # a sum holds 38 digits, Python's own context 28


def digits(currency: str) -> int:
    """Fraction digits by ISO 4217; of a code that it does not list, the four that the tables hold."""
    return MINOR_DIGITS.get(currency, 4)


def amount(value: Decimal, currency: str) -> str:
    """`1,234.50 USD`, `1,235 JPY`. Digits beyond the currency's own stay, where a figure has any."""
    return f"{signed(value, places(value, digits(currency)))} {currency}"


def rounded(value: Decimal, currency: str) -> str:
    """As `amount`, rounded to the currency's digits: for what was divided."""
    return f"{signed(value, digits(currency))} {currency}"


def to_digits(value: Decimal, currency: str) -> Decimal:
    """Rounded half up to the currency's digits: for what was divided."""
    return value.quantize(Decimal(1).scaleb(-digits(currency)), context=_WIDE)


def plain(value: Decimal, least: int) -> str:
    """For programs: no grouping, an ASCII minus; at least so many fraction digits, and no digit lost."""
    return f"{value.quantize(Decimal(1).scaleb(-places(value, least)), context=_WIDE):f}"


def places(value: Decimal, least: int) -> int:
    return max(least, -int(value.normalize(_WIDE).as_tuple().exponent))


def signed(value: Decimal, fraction: int) -> str:
    shown = value.quantize(Decimal(1).scaleb(-fraction), context=_WIDE)
    return (MINUS if shown < 0 else "") + f"{shown.copy_abs():,f}"


def change(now: Decimal | int, before: Decimal | int) -> str | None:
    """`+12.3 %` or, as `st.metric` knows a fall by it, with an ASCII minus `-12.3 %`. None where before was nothing to
    compare with."""
    if before <= 0:
        return None
    shown = signed((Decimal(now) - before) * 100 / before, 1).replace(MINUS, "-")
    return f"{shown if shown.startswith('-') else '+' + shown} %"
