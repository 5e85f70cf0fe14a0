"""Text, words from a list, currencies and booleans."""

from collections.abc import Mapping
from typing import Any

import re2

from ecom.contracts.currencies import MINOR_DIGITS
from ecom.contracts.judge.reading import Reader, missing_or_wrong
from ecom.contracts.judge.seen import Seen
from ecom.contracts.model import Field
from ecom.contracts.rules import Rule

_SHOWN_WORDS = 12


def read_text(field: Field, name: str) -> Reader:
    """A JSON string to str, by length, list and pattern, in this order: no pattern meets a text that is too long."""
    empty_is_none = (field.min_length or 0) > 0
    shortest, longest = field.min_length or 0, field.longest
    words, is_closed = words_of(field), bool(field.enum)
    pattern = compile_pattern(field.pattern) if field.pattern is not None else None
    wanted = "wanted one of " + ", ".join([*words][:_SHOWN_WORDS]) + (" …" if len(words) > _SHOWN_WORDS else "")

    def read(value: Any, seen: Seen) -> str | None:
        if type(value) is not str:
            missing_or_wrong(field, name, value, seen, "a JSON string")
            return None
        if not value and empty_is_none:
            if field.required:
                seen.breaks(name, Rule.MISSING, value)
            return None
        length = len(value)
        if length < shortest or (longest is not None and length > longest):
            seen.breaks(name, Rule.OUT_OF_RANGE, value, _lengths(length, shortest, longest))
            return None
        if is_closed and value not in words:
            seen.breaks(name, Rule.NOT_ALLOWED, value, wanted)
            return None
        if seen.has_escapes and refuse_lone_surrogate(value, name, seen):
            return None
        if pattern is not None and pattern.search(value.encode()) is None:
            seen.breaks(name, Rule.NOT_ALLOWED, value, f"wanted: {field.pattern}")
            return None
        return words.get(value, str(value))

    return read


def refuse_lone_surrogate(text: str, name: str, seen: Seen) -> bool:
    """JSON's escapes can name half of a surrogate pair, which no UTF-8 can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        seen.breaks(name, Rule.INVALID_UTF8, text, "half of a surrogate pair")
        return True
    return False


def words_of(field: Field) -> Mapping[str, str]:
    """Each word that a message may hold, to ours."""
    return {word: word for word in field.enum} | dict(field.words)


def compile_pattern(pattern: str) -> Any:
    """By RE2, whose time grows with the text alone. Raises re2.error."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _lengths(length: int, shortest: int, longest: int | None) -> str:
    bounds = f"at most {longest:,}" if longest is not None and length > longest else f"at least {shortest:,}"
    return f"{length:,} characters, {bounds}"


def read_currency(field: Field, name: str) -> Reader:
    """As text, and a code that we know: its digits are noted for the amounts that are read after it. Where there is
    none, those of the contract's default are."""
    as_text, digits = read_text(field, name), digits_of(field)

    def read(value: Any, seen: Seen) -> str | None:
        code: str | None = as_text(value, seen)
        if code is not None:
            seen.digits = digits.get(code)
            if seen.digits is None:
                seen.breaks(name, Rule.UNKNOWN_CURRENCY, value)
                return None
        elif field.default is not None:
            seen.digits = digits.get(field.default)
        return code

    return read


def constant_currency(field: Field) -> Reader:
    """The contract's, whatever the message says."""
    digits = digits_of(field).get(field.constant)

    def read(value: Any, seen: Seen) -> Any:
        seen.digits = digits
        return field.constant

    return read


def digits_of(field: Field) -> Mapping[str, int]:
    """Each currency that a message may be in, to how many digits its amounts have: ISO 4217, or the contract's own."""
    return {**MINOR_DIGITS, **field.minor_digits}


def read_boolean(field: Field, name: str) -> Reader:
    def read(value: Any, seen: Seen) -> bool | None:
        if value is True or value is False:
            return bool(value)
        missing_or_wrong(field, name, value, seen, "true or false")
        return None

    return read
