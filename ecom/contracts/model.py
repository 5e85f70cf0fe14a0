"""A data contract as the platform sees it: which topic, which fields, where in the message, under which rules.

A dataset is its contract: the columns of its tables, its identity and its topic all come from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

LogicalType = Literal["string", "integer", "number", "boolean", "timestamp", "array"]
Unit = Literal["major", "minor"]
Ambiguous = Literal["earlier", "later", "reject"]
Rounding = Literal["half_up", "half_even", "down"]
Keep = Literal["log", "latest"]

EVENT_ID, EVENT_TS, CURRENCY = "event_id", "event_ts", "currency"  # what a property of this name is
NONE = "NONE"  # a status that is none of ours: it counts for nothing
MONEY = "decimal(20,4)"
NUMBER = "decimal(38,18)"
HEADER = "header:"
ID_ENDING = "_id"
LONGEST_ID = 10_000  # characters of a field whose name ends so: one bound for whoever takes ids


@dataclass(frozen=True)
class Match:
    """A step of a path: the first item of an array in which `word` stands at `path`."""

    path: tuple[str, ...]
    word: str


@dataclass(frozen=True)
class AsJson:
    """A step of a path: what stands there is a text, and that text is JSON."""


Step = str | int | Match | AsJson


@dataclass(frozen=True)
class Field:
    """One column of the clean table, and where and how it is found in the message.

    `path` holds the steps from the message's top level, or from the `source`; in the fields of an array, from its item.
    `source`: the record's `key`, its `timestamp` or `header:NAME` instead of its value; `json_types`: as what else the
    value may stand in JSON. `is_lenient`: a fault is a warning, and the column null.
    Bounds of an amount (a field with a `unit`) are in major units of its currency. `words` maps a word of the message
    to ours. `required_when` maps another column to its values that make this one required. `line` is the contract's.
    """

    name: str
    type: LogicalType
    path: tuple[Step, ...]
    required: bool = False
    description: str = ""
    enum: tuple[str, ...] = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    unit: Unit | None = None
    timestamp_format: str | None = None
    time_zone: str | None = None
    ambiguous_time: Ambiguous = "reject"
    json_types: tuple[str, ...] = ()
    fold_case: bool = False
    trim: bool = False
    exponent: bool = False
    rounding: Rounding | None = None
    minor_digits: Mapping[str, int] = field(default_factory=dict)
    source: str | None = None
    is_lenient: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    default: Any = None
    constant: Any = None
    required_when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    fields: tuple["Field", ...] = ()
    examples: tuple[Any, ...] = ()
    line: int = 0

    @property
    def json_path(self) -> str:
        """The path as the contract may write it, such as `$.payload.orderId`."""
        return "$" + "".join(map(_step_text, self.path))

    @property
    def keys(self) -> tuple[str, ...] | None:
        """The path where it is one of plain keys within the message; None: it is not."""
        if self.source is not None or not all(isinstance(step, str) for step in self.path):
            return None
        return tuple(step for step in self.path if isinstance(step, str))

    @property
    def longest(self) -> int | None:
        """The most characters that the text may have; None: any number."""
        if self.max_length is None and self.name.endswith(ID_ENDING):
            return LONGEST_ID
        return self.max_length

    @property
    def outcomes(self) -> frozenset[str] | None:
        """Every word that the column may hold; None: any."""
        if self.constant is not None:
            return frozenset({str(self.constant)})
        if not self.enum:
            return None
        told = {self.words.get(word, word) for word in (*self.enum, *self.words)}
        return frozenset(told | ({str(self.default)} if self.default is not None else set()))

    @property
    def sql_type(self) -> str:
        """The column's type in Spark's DDL."""
        if self.type == "array":
            members = ", ".join(f"{member.name}: {member.sql_type}" for member in self.fields)
            return f"array<struct<{members}>>" if self.fields else "array<string>"
        plain = {"string": "string", "boolean": "boolean", "timestamp": "timestamp", "integer": "bigint"}
        return MONEY if self.unit else plain.get(self.type, NUMBER)


def _step_text(step: Step) -> str:
    if isinstance(step, Match):
        return f"[{'.'.join(step.path)}={step.word}]"
    if isinstance(step, AsJson):
        return ".json()"
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step.isidentifier() else f"['{step}']"


@dataclass(frozen=True)
class Contract:
    """One dataset's contract. `topic` is its name in Kafka, a setting's where one overrides the contract's.

    `keep`: every accepted event (`log`), or also a row for each `key` (`latest`). `identity` holds the columns by which
    a repeat is known besides its event_id; None: the contract says nothing of it.
    """

    dataset: str
    topic: str
    version: str
    fields: tuple[Field, ...]
    title: str = ""
    description: str = ""
    owner: str = ""
    promises: tuple[tuple[str, str], ...] = ()
    quality: tuple[str, ...] = ()
    keep: Keep = "log"
    key: tuple[str, ...] = ()
    identity: tuple[str, ...] | None = None
    path: Path = Path()
    line: int = 0

    def field(self, name: str) -> Field | None:
        """The field that fills column `name`, if the contract has one."""
        return next((field for field in self.fields if field.name == name), None)

    @property
    def columns(self) -> dict[str, str]:
        """What the message fills, by name, with its type in Spark's DDL. An event always has an id and a time."""
        given = {EVENT_ID: "string"} | {field.name: field.sql_type for field in self.fields}
        return given | ({"is_deleted": "boolean"} if self.keep == "latest" else {})

    @property
    def reads_headers(self) -> bool:
        """Whether a field is found in a header of the record."""
        return any((one.source or "").startswith(HEADER) for field in self.fields for one in (field, *field.fields))

    @property
    def search_column(self) -> str:
        """The column by which people look for a record: the order's id, else the first required id, else its own."""
        ids = [f.name for f in self.fields if f.required and f.name.endswith("_id") and f.name != EVENT_ID]
        return "order_id" if self.field("order_id") else next(iter(ids), EVENT_ID)
