"""JSON Lines to records, exactly: a value keeps the text of its numbers and the order of its keys."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]  # public in CPython, missing in typeshed
from typing import Any

from ecom.base.errors import EcomError, ExitCode
from generator.message import Headers

KEYS = ("topic", "key", "value", "value_base64", "headers", "partition")
OUTSIDE_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\n\r]+')
SPACES = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True)
class Record:
    """What is sent as it stands. `partition` None: by the key."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None
    kind: str = "file"
    event_id: str | None = None


class BadLineError(ValueError):
    pass


def read_records(lines: Iterable[bytes], name: str) -> Iterator[Record]:
    """Records of the lines, one at a time; blank lines are skipped. Raises EcomError with the line's number."""
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                yield parse_line(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
        except BadLineError as error:
            sentence = f"{name} line {number}: {error}; the lines before it were sent, it and those after were not."
            raise EcomError(sentence, ExitCode.USAGE) from None


def parse_line(line: bytes) -> Record:
    """The record that a line of JSON describes. Raises BadLineError."""
    try:
        given = _members(line.decode())
    except (UnicodeDecodeError, RecursionError, ValueError, IndexError) as error:
        raise BadLineError(f"is not one JSON object ({error})") from None
    unknown = sorted(set(given) - set(KEYS))
    if unknown:
        raise BadLineError(f"unknown key {unknown[0]!r} (known: {', '.join(KEYS)})")
    topic, key, partition = (given.get(name, (None, ""))[0] for name in ("topic", "key", "partition"))
    if not _is_text(topic) or not topic:
        raise BadLineError('needs a "topic", a string that is not empty')
    if key is not None and not _is_text(key):
        raise BadLineError('"key" is neither a string nor null')
    if partition is not None and not (isinstance(partition, _Number) and partition.isdigit() and len(partition) < 7):
        raise BadLineError('"partition" is not a number from 0')
    headers = _headers(given.get("headers", (None, ""))[0])
    where = None if partition is None else int(partition)
    return Record(topic, None if key is None else _utf8(key, "key"), _value(given), headers, where)


class _Number(str):
    """A number's text."""


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_refuse)


def _members(text: str) -> dict[str, tuple[Any, str]]:
    """Top-level name to (value, its text). Raises ValueError or IndexError."""
    at, members = _skip(text, 0), {}
    at = _skip(text, _expect(text, at, "{"))
    while text[at] != "}":
        name, at = scanstring(text, _expect(text, at, '"'), True)
        if name in members:
            raise ValueError(f"key {name!r} is there twice")
        at = _skip(text, _expect(text, _skip(text, at), ":"))
        value, end = _DECODER.raw_decode(text, at)
        members[name] = value, text[at:end]
        at = _skip(text, end)
        if text[at] != "}":
            at = _skip(text, _expect(text, at, ","))
            if text[at] == "}":
                raise ValueError("a comma before }")
    if _skip(text, at + 1) != len(text):
        raise ValueError("text after the object")
    return members


def _skip(text: str, at: int) -> int:
    match = SPACES.match(text, at)
    return match.end() if match else at


def _expect(text: str, at: int, character: str) -> int:
    if text[at : at + 1] != character:
        raise ValueError(f"{character} expected at character {at + 1}")
    return at + 1


def _value(given: dict[str, tuple[Any, str]]) -> bytes | None:
    if ("value" in given) == ("value_base64" in given):
        raise BadLineError('needs one of "value" (null: a tombstone) and "value_base64"')
    if "value_base64" in given:
        return _base64(given["value_base64"][0])
    value, text = given["value"]
    if value is None:
        return None
    if _is_text(value):
        return _utf8(value, "value")
    return _utf8(compact(text), "value")


def compact(text: str) -> str:
    """JSON text without the spaces between its parts; nothing else changes."""
    return OUTSIDE_STRINGS.sub(lambda match: match[1] or "", text)


def _base64(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise BadLineError('"value_base64" is not base64') from None


def _headers(given: Any) -> Headers:
    pairs = given.items() if isinstance(given, dict) else given or ()
    if not isinstance(given, dict | list | None) or not all(_is_header(pair) for pair in pairs):
        raise BadLineError('"headers" is neither {"name": "text"} nor [["name", "text"]]')
    return tuple((name, None if text is None else _utf8(text, "headers")) for name, text in pairs)


def _is_header(pair: Any) -> bool:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return False
    name, text = pair
    return _is_text(name) and (text is None or _is_text(text))


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, _Number)


def _utf8(text: str, name: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BadLineError(f'"{name}" has a lone surrogate; send such bytes as "value_base64"') from None
