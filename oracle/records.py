"""What the oracle reads and what it says. It shares no code with the jobs, the generator or the `ecom` command, but
for where Kafka is: two programs that agree should not do so because they are one."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

Place = tuple[str, int, int]  # topic, partition, offset
Minute = tuple[datetime, str]  # UTC minute, currency


@dataclass(frozen=True, slots=True)
class Record:
    """One Kafka record. `subject` is `orders` or `payments`; `timestamp_ms` the broker's."""

    subject: str
    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None

    @property
    def place(self) -> Place:
        return self.topic, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reasons` are (field, rule), `$` for the message as a whole; empty unless quarantined."""

    kind: Literal["clean", "duplicate", "quarantined"]
    reasons: frozenset[tuple[str, str]] = frozenset()

    @property
    def rules(self) -> frozenset[str]:
        return frozenset(rule for _, rule in self.reasons)


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """Amounts in major units; `event_us` in microseconds since 1970."""

    event_id: str
    order_id: str
    user_id: str
    status: str
    currency: str
    total_amount: Decimal
    items: tuple[tuple[str, str, str, int, Decimal], ...]
    event_us: int


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """`payment_id` and `method` are None where the message has none."""

    event_id: str
    payment_id: str | None
    order_id: str
    amount: Decimal
    currency: str
    status: str
    method: str | None
    event_us: int


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


@dataclass(frozen=True, slots=True)
class GoldRow:
    gmv: Decimal
    refunded_amount: Decimal
    net_sales: Decimal
    paid_orders: int


@dataclass(frozen=True)
class Oracle:
    """What the tables must hold: the verdict of each record, each order, each row of Gold."""

    verdicts: dict[Place, Verdict] = field(default_factory=dict)
    orders: dict[str, OrderState] = field(default_factory=dict)
    gold: dict[Minute, GoldRow] = field(default_factory=dict)

    def rejected(self) -> dict[Place, frozenset[str]]:
        """Place to rules of what must be in quarantine."""
        return {place: v.rules for place, v in self.verdicts.items() if v.kind == "quarantined"}
