"""What a contract lets stand otherwise than its type is in JSON: brought into form, then read as any other value."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from ecom.contracts.currencies import MINOR_DIGITS
from ecom.contracts.judge.reading import Reader, missing_or_wrong
from ecom.contracts.judge.seen import Seen
from ecom.contracts.judge.strict_json import Integer, Number
from ecom.contracts.model import CURRENCY, Field

_WHITE_SPACE = " \t\r\n\f\v"
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?")
_WITH_EXPONENT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?[eE]([+-]?[0-9]+)")
_MOST_DIGITS = 60  # before or behind the point; more is beyond what any column holds
_LONGEST_EXPONENT = 9  # digits; no message is long enough for more to be undone by its digits
_WORDS = {"string": "a string", "integer": "a JSON integer", "number": "a JSON number", "boolean": "true or false"}

# To the form that the plain reader takes; the value itself where nothing is to be done, REFUSED where it may not be.
Prepare = Callable[[Any], Any]
REFUSED = object()


def prepared(field: Field, name: str, read: Reader) -> Reader:
    """`read`, with what the contract allows beyond it; `read` itself where that is nothing. Reasons show what stood in
    the message."""
    steps = list(_steps(field, name))
    if not steps:
        return read
    wanted = " or ".join(_WORDS[kind] for kind in field.json_types)

    def read_prepared(value: Any, seen: Seen) -> Any:
        made = value
        for step in steps:
            made = step(made)
            if made is REFUSED:
                missing_or_wrong(field, name, value, seen, wanted)
                return None
        before = len(seen.broken)
        result = read(made, seen)
        if made is not value:
            seen.broken[before:] = [broken._replace(value=value) for broken in seen.broken[before:]]
        return result

    return read_prepared


def lenient(read: Reader) -> Reader:
    """What it breaks is a warning, and the value null."""

    def read_leniently(value: Any, seen: Seen) -> Any:
        before = len(seen.broken)
        result = read(value, seen)
        if len(seen.broken) == before:
            return result
        seen.warned += seen.broken[before:]
        del seen.broken[before:]
        return None

    return read_leniently


def _steps(field: Field, name: str) -> Iterable[Prepare]:
    if field.trim:
        yield lambda value: value.strip(_WHITE_SPACE) if type(value) is str else value
    if field.exponent:
        yield without_exponent
    if field.json_types and field.type != "timestamp":
        yield _as_type(field)
    if field.fold_case and field.type == "string":
        yield _folded(field, name)


def _as_type(field: Field) -> Prepare:
    """From the JSON types that the field may have to the one that its reader takes."""
    allowed = frozenset(field.json_types)
    of_type: dict[str, Callable[[str], Any]] = {"string": str, "boolean": _boolean(field.fold_case)}
    from_text = of_type.get(field.type, _number)

    def convert(value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return from_text(value) if "string" in allowed else REFUSED
        if kind is Integer:
            is_allowed = "integer" in allowed or "number" in allowed
            return (str(value) if field.type == "string" else value) if is_allowed else REFUSED
        if kind is bool:
            as_text = ("true" if value else "false") if field.type == "string" else value
            return as_text if "boolean" in allowed else REFUSED
        return value if kind is not Number or "number" in allowed else REFUSED

    return convert


def _boolean(fold_case: bool) -> Callable[[str], Any]:
    words = {"true": True, "false": False}
    return lambda text: words.get(text.casefold() if fold_case else text, REFUSED)


def _number(text: str) -> Any:
    match = _PLAIN.fullmatch(text)
    if match is None:
        return REFUSED
    return Number(text) if match[1] else Integer(text)


def _folded(field: Field, name: str) -> Prepare:
    """Each word as the contract writes it."""
    words = [*field.words, *field.enum]
    if name == CURRENCY and not field.enum:
        words += [*field.minor_digits, *MINOR_DIGITS]
    known = {word.casefold(): word for word in reversed(words)}
    exact = frozenset(words)

    def fold(value: Any) -> Any:
        if type(value) is not str or value in exact:
            return value
        return known.get(value.casefold(), value)

    return fold


def without_exponent(value: Any) -> Any:
    """A number, or a text of one, that has an exponent: the same number without. Beyond what any column can hold only
    its size is kept: too great, or too fine."""
    match = _WITH_EXPONENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    sign, whole, fraction, exponent = match.groups()
    text = sign + _moved(whole, fraction or "", exponent)
    if type(value) is str:
        return text
    return Number(text) if "." in text else Integer(text)


def _moved(whole: str, fraction: str, exponent: str) -> str:
    digits = (whole + fraction).lstrip("0")
    if not digits:
        return "0"
    is_small = exponent.startswith("-")
    size = exponent.lstrip("+-").lstrip("0")
    power = 10**_LONGEST_EXPONENT if len(size) > _LONGEST_EXPONENT else int(size or "0")
    shift = (-power if is_small else power) - len(fraction)
    point = len(digits) + shift  # digits before the point
    if point > _MOST_DIGITS:
        return "9" * _MOST_DIGITS
    if point <= 0:
        return f"0.{'0' * min(-point, _MOST_DIGITS)}{digits}".rstrip("0")
    padded = digits.ljust(point, "0")
    behind = padded[point:].rstrip("0")
    return f"{padded[:point]}.{behind}" if behind else padded[:point]
