"""What the oracle reads and what it says. It shares no code with the jobs, the generator or the `ecom` command, but
for where Kafka is: two programs that agree should not do so because they are one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

Place = tuple[str, int, int]  # topic, partition, offset
Minute = tuple[datetime, str]  # UTC minute, currency


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record. `subject` is its dataset; `timestamp_ms` the broker's."""

    subject: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()

    @property
    def place(self) -> Place:
        return self.topic, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons` are (field, rule), `$` for the message as a whole; empty unless quarantined. `conflict`: the accepted
    event of the same id in another partition, with other content."""

    kind: Literal["clean", "duplicate", "quarantined"]
    reasons: frozenset[tuple[str, str]] = frozenset()
    conflict: Place | None = None

    @property
    def rules(self) -> frozenset[str]:
        return frozenset(rule for _, rule in self.reasons)


@dataclass(frozen=True, slots=True)
class Event:
    """`values` by the contract's names, amounts in major units, times in microseconds since 1970, as `event_us` is.
    `warnings` are (field, rule) of what is not as it should be, and refuses nothing."""

    subject: str
    event_id: str
    event_us: int
    values: Mapping[str, Any]
    is_deletion: bool = False
    warnings: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order; its own fields are None while only payments are known. Times in microseconds since 1970."""

    order_id: str
    user_id: str | None
    status: str | None
    currency: str | None
    total_amount: Decimal | None
    order_us: int | None
    paid_amount: Decimal
    refunded_amount: Decimal
    other_currency_payments: int
    last_payment_us: int | None
    event_us: int
    event_count: int
    repeated_movements: int = 0
    is_uncertain: bool = False


@dataclass(frozen=True, slots=True)
class GoldRow:
    gmv: Decimal
    refunded_amount: Decimal
    net_sales: Decimal
    paid_orders: int


@dataclass(frozen=True)
class Oracle:
    """What the tables must hold: the verdict of each record, each accepted event, each order, each row of Gold, and
    the latest of each key where a dataset keeps that."""

    verdicts: dict[Place, Verdict] = field(default_factory=dict)
    events: dict[Place, Event] = field(default_factory=dict)
    orders: dict[str, OrderState] = field(default_factory=dict)
    gold: dict[Minute, GoldRow] = field(default_factory=dict)
    latest: dict[str, dict[tuple[Any, ...], Event]] = field(default_factory=dict)

    def rejected(self) -> dict[Place, frozenset[str]]:
        """Place to rules of what must be in quarantine."""
        return {place: v.rules for place, v in self.verdicts.items() if v.kind == "quarantined"}
