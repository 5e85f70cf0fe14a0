"""What stood in a message where a rule was broken: its source text and JSON type, never at length."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ecom.contracts.judge.strict_json import Number
from ecom.contracts.rules import Rule

SHOWN = 160  # characters of a value
LONGEST = 300  # characters of a reason's `found`, what else it says included


class Absent:
    """The type of ABSENT: what a path leads to where the message has nothing."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = Absent()


class Unreadable:
    """What a path leads to where a text on the way is no good: the rule that it breaks, and what stood there."""

    __slots__ = ("note", "rule", "value")

    def __init__(self, rule: Rule, value: Any, note: str) -> None:
        self.rule, self.value, self.note = rule, value, note


def found(value: Any, note: str = "") -> str | None:
    """The value as the message has it, and its type: `1E+3 (number)`, `"12" (string)`. None where there is nothing."""
    if value is ABSENT:
        return note or None
    text = _cut(source(value), SHOWN)
    kind = type_name(value)
    shown = text if kind in ("null", "boolean") else f"{text} ({kind})"
    return f"{shown}; {note}"[:LONGEST] if note else shown


def source(value: Any) -> Iterator[str]:
    """JSON text of a parsed value, in pieces; numbers as they stood there."""
    if isinstance(value, Number):
        yield value
    elif isinstance(value, dict):
        yield "{"
        for number, (key, inner) in enumerate(value.items()):
            yield f"{', ' if number else ''}{json.dumps(key, ensure_ascii=False)}: "
            yield from source(inner)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for number, inner in enumerate(value):
            yield ", " if number else ""
            yield from source(inner)
        yield "]"
    else:
        yield json.dumps(value, ensure_ascii=False)


def type_name(value: Any) -> str:
    if isinstance(value, Number):
        return "number"
    names = {str: "string", bool: "boolean", dict: "object", list: "array", type(None): "null"}
    return names[type(value)]


def _cut(pieces: Iterator[str], length: int) -> str:
    """At most `length` characters; pieces beyond are never made. No lone surrogate goes on: nothing could store it."""
    text = ""
    for piece in islice(pieces, length + 1):
        text += piece[: length + 1]
        if len(text) > length:
            text = text[: length - 1] + "…"
            break
    return text.encode("utf-8", "backslashreplace").decode()
