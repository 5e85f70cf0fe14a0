"""RFC 8259 and nothing more: duplicate keys, NaN, trailing text are refused. Numbers stay text."""

import json
import sys
from typing import Any

# A limit is allowed by the RFC; the contracts' reference names it.
MOST_NESTING = 1_000


class Number(str):
    """The text of a JSON number."""


class NotJsonError(ValueError):
    pass


def parse(text: str) -> Any:
    """The value, with `Number` for numbers. Raises NotJsonError."""
    try:
        if _nesting_may_be_deep(text) and _nesting(text) > MOST_NESTING:
            raise NotJsonError("nested too deep")
        value = _decoded(text)
    except RecursionError:
        raise NotJsonError("nested too deep") from None
    except ValueError as error:
        raise NotJsonError(str(error)) from None
    return value


def _decoded(text: str) -> Any:
    """Python's parser calls itself for each level: it needs room for as many."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + 3 * MOST_NESTING)
    try:
        return _DECODER.decode(text)
    finally:
        sys.setrecursionlimit(before)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise NotJsonError("a key is there twice")
    return members


def _refuse(constant: str) -> None:
    raise NotJsonError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=Number, parse_int=Number, parse_constant=_refuse, strict=True
)


def _nesting_may_be_deep(text: str) -> bool:
    return text.count("[") + text.count("{") > MOST_NESTING // 2


def _nesting(text: str) -> int:
    depth = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
