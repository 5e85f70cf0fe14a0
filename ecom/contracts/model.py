"""A data contract as the jobs see it: which topic, which fields, where in the message, under which rules."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

LogicalType = Literal["string", "integer", "number", "timestamp", "array"]
Unit = Literal["major", "minor"]
TimestampFormat = Literal["iso8601", "epoch_millis"]


@dataclass(frozen=True)
class Field:
    """One column of the clean table, and where and how it is found in the message.

    `path` holds object keys, from the message's top level; in the fields of `items`, from the item.
    Bounds of an amount (a field with a `unit`) are in major units of its currency.
    """

    name: str
    type: LogicalType
    path: tuple[str, ...]
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
    timestamp_format: TimestampFormat | None = None
    fields: tuple["Field", ...] = ()

    @property
    def json_path(self) -> str:
        """The path as the contract may write it, such as `$.payload.orderId`."""
        return "$" + "".join(f".{key}" if key.isidentifier() else f"['{key}']" for key in self.path)


@dataclass(frozen=True)
class Contract:
    """One topic's contract. `subject` is `orders` or `payments`; `topic` is what the contract calls it in Kafka."""

    subject: str
    topic: str
    version: str
    fields: tuple[Field, ...]
    title: str = ""
    description: str = ""
    owner: str = ""
    promises: tuple[tuple[str, str], ...] = ()
    quality: tuple[str, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field that fills column `name`, if the contract has one."""
        return next((field for field in self.fields if field.name == name), None)
