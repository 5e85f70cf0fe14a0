"""What stands at each path of sample messages: how often, of which types, which values."""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ecom.contracts.judge.strict_json import Integer, NotJsonError, Number, parse

MOST_VALUES = 1_000  # distinct ones that are kept of a path
Path = tuple[str, ...]  # steps as a `jsonPath` has them, such as `.payload` or `['a b']`
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_QUOTABLE = re.compile(r"[^'\"\\\]]+")


@dataclass
class Found:
    """What stands at one path. `values` are texts with their counts, of which no more than MOST_VALUES; `items` is what
    an array's objects hold."""

    path: Path
    there: int = 0
    nulls: int = 0
    types: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    longest: int = 0
    items: "Samples | None" = None

    @property
    def name(self) -> str:
        """The last key, in the small letters of a column."""
        return column(self.path[-1])

    @property
    def is_all_kept(self) -> bool:
        return len(self.values) < MOST_VALUES


class Samples:
    """Objects, one after another: the messages, or an array's items."""

    def __init__(self) -> None:
        self.count = 0
        self.found: dict[Path, Found] = {}
        self.unsayable: Counter[str] = Counter()

    def add(self, document: dict[str, Any]) -> None:
        self.count += 1
        self._walk(document, ())

    def _walk(self, members: dict[str, Any], above: Path) -> None:
        for key, value in members.items():
            step = _step(key)
            if step is None:
                self.unsayable[key] += 1
            elif type(value) is dict:
                self._walk(value, (*above, step))
            elif (inner := _document_in(value)) is not None:
                self._walk(inner, (*above, step, ".json()"))
            else:
                self._note((*above, step), value)

    def _note(self, path: Path, value: Any) -> None:
        found = self.found.setdefault(path, Found(path))
        if value is None:
            found.nulls += 1
            return
        found.there += 1
        found.types[type_of(value)] += 1
        if type(value) is list:
            self._into(found, value)
            return
        text = str(value).lower() if type(value) is bool else str(value)
        found.longest = max(found.longest, len(text))
        if text in found.values or found.is_all_kept:
            found.values[text] += 1

    def _into(self, found: Found, items: list[Any]) -> None:
        for item in items:
            if type(item) is dict:
                found.items = found.items or Samples()
                found.items.add(item)
            else:
                found.values[f"an item that is {type_of(item)}"] += 1


def column(step: str) -> str:
    """`.orderId` and `['order id']` as `order_id`."""
    plain = step.lstrip(".").strip("[]'")
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", plain)
    name = re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")
    return name if re.match(r"[a-z]", name) else f"f_{name}".rstrip("_")


def type_of(value: Any) -> str:
    if isinstance(value, Number):
        return "integer" if type(value) is Integer else "number"
    return {bool: "boolean", list: "array", dict: "object", type(None): "null"}.get(type(value), "string")


def _step(key: str) -> str | None:
    if _PLAIN.fullmatch(key):
        return f".{key}"
    return f"['{key}']" if _QUOTABLE.fullmatch(key) else None


def _document_in(value: Any) -> dict[str, Any] | None:
    """The object in a text that is JSON."""
    if type(value) is not str or not value.startswith("{"):
        return None
    try:
        document = parse(value)
    except NotJsonError:
        return None
    return document if type(document) is dict else None
