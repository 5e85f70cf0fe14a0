"""Arrays: of objects, each member read as a field is, or of text."""

from collections.abc import Callable
from typing import Any

from ecom.contracts.judge.reading import Reader, missing_or_wrong
from ecom.contracts.judge.seen import Seen
from ecom.contracts.judge.texts import refuse_lone_surrogate
from ecom.contracts.model import Field
from ecom.contracts.rules import Rule

Member = tuple[Callable[[Any], Any], Reader]


def read_items(field: Field, name: str, members: list[Member]) -> Reader:
    """An array to a list of tuples, a value a member; without members, to a list of strings."""
    read_one = _object(f"{name}[]", members) if members else _text(f"{name}[]")

    def read(value: Any, seen: Seen) -> list[Any] | None:
        if type(value) is not list:
            missing_or_wrong(field, name, value, seen, "a JSON array")
            return None
        read_items = []
        for seen.item, item in enumerate(value):
            read_items.append(read_one(item, seen))
        seen.item = None
        return read_items

    return read


def _object(name: str, members: list[Member]) -> Reader:
    def read(item: Any, seen: Seen) -> tuple[Any, ...] | None:
        if type(item) is not dict:
            seen.breaks(name, Rule.WRONG_TYPE, item, "wanted: a JSON object")
            return None
        return tuple([read_member(find(item), seen) for find, read_member in members])

    return read


def _text(name: str) -> Reader:
    def read(item: Any, seen: Seen) -> str | None:
        if type(item) is str:
            return None if seen.has_escapes and refuse_lone_surrogate(item, name, seen) else item
        seen.breaks(name, Rule.WRONG_TYPE, item, "wanted: a JSON string")
        return None

    return read
