"""Strict JSON (RFC 8259): one document, no key twice, no NaN; numbers keep the text that stood there."""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

MOST_NESTING = 1_000
_MAY_BE_DEEP = 300  # fewer brackets than this are within what Python's parser takes at any depth of calls
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Number(str):
    """The text of a JSON number."""

    __slots__ = ()


class Integer(Number):
    """The text of a JSON number without fraction and exponent."""

    __slots__ = ()


class NotJsonError(ValueError):
    """The message says where and why."""


def parse(text: str) -> Any:
    """The document; its numbers are `Number` or `Integer`. Raises NotJsonError: place and cause."""
    try:
        if text.count("[") + text.count("{") < _MAY_BE_DEEP:
            return _DECODER.decode(text)
        if nesting(text) > MOST_NESTING:
            raise NotJsonError(f"nested deeper than {MOST_NESTING:,} levels")
        with _deep_enough():
            return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJsonError(_place_and_cause(text, error)) from None
    except RecursionError:
        raise NotJsonError(f"nested deeper than {MOST_NESTING:,} levels") from None


def nesting(text: str) -> int:
    """How deep the brackets outside of strings go."""
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise NotJsonError(f"key {json.dumps(twice, ensure_ascii=False)[:100]} is there twice in one object")
    return members


def _refuse(constant: str) -> None:
    raise NotJsonError(f"{constant} is not a JSON value")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Number, parse_int=Integer, parse_constant=_refuse, strict=True
)


@contextmanager
def _deep_enough() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, before + 3 * MOST_NESTING))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _place_and_cause(text: str, error: json.JSONDecodeError) -> str:
    known = _known_prefix(text)
    if known:
        return known
    at = error.pos
    around = text[at : at + 40]
    shown = f", at {around!r}" if around else ", at the end"
    return f"character {at + 1}: {_cause(text, error)}{shown}"


def _known_prefix(text: str) -> str | None:
    """What other software puts around JSON, or in its place."""
    if not text.strip(" \t\r\n"):
        return "the text is empty" if not text else "the text is only white space"
    if text.startswith("\ufeff"):
        return "character 1: a byte order mark (BOM) stands before the document"
    if text[:1] == "\x00" and len(text) > 5 and text[5] in "{[":
        schema = int.from_bytes(text[1:5].encode("latin-1", "replace"), "big")
        return f"byte 1: a schema registry's prefix (Confluent, schema id {schema}) stands before the document"
    if "\x00" in text[:4]:
        return "character 1: NUL between the characters: this looks like UTF-16 or UTF-32"
    if text.startswith("Obj\x01"):
        return "byte 1: an Avro file"
    if text.startswith(")]}'"):
        return "character 1: a prefix against script inclusion, )]}', stands before the document"
    return None


def _cause(text: str, error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        rest = text[error.pos :]
        if rest[:1] == "\x00":
            return "NUL after the document"
        return "a second document after the first" if rest[:1] in '{["' else "text after the document"
    if error.msg.startswith("Invalid control character"):
        return f"control character U+{ord(text[error.pos]):04X} within a string"
    return error.msg[0].lower() + error.msg[1:]
