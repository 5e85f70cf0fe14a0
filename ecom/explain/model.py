"""An order's life, as `ecom explain` and the page Order show it. Amounts are decimals in major units, times UTC."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ecom.explain.rows import SalesMinute


class Verdict(StrEnum):
    """What Silver said of a record; `waiting` says that it was not judged yet."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    WAITING = "waiting"


@dataclass(frozen=True, order=True)
class Place:
    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}-{self.partition} offset {self.offset}"


@dataclass(frozen=True)
class Reason:
    """A rule that a record breaks: `field` is `$` for the record as a whole, `found` what stood there."""

    field: str
    rule: str
    found: str | None


@dataclass(frozen=True)
class Event:
    """One Kafka record. `event_ts` and what the message says are known of accepted records and their duplicates.
    `message` is the beginning of a record that was not accepted; `note` says what is odd about it."""

    subject: str
    place: Place
    verdict: Verdict
    event_id: str | None
    status: str | None
    amount: Decimal | None
    currency: str | None
    event_ts: datetime | None
    kafka_timestamp: datetime | None
    ingest_ts: datetime | None
    raw_key: str | None
    first_copy: Place | None = None
    reasons: tuple[Reason, ...] = ()
    message: str | None = None
    order_id: str | None = None  # of an accepted event whose Kafka key only is the id that was asked for
    note: str | None = None


@dataclass(frozen=True)
class Payment:
    """An accepted payment event. `counts_as` names the column of the state that it adds to; `why` says why, or why
    to none."""

    event_id: str
    payment_id: str | None
    status: str
    amount: Decimal
    currency: str
    method: str | None
    event_ts: datetime
    place: Place
    counts_as: str | None
    why: str


@dataclass(frozen=True)
class State:
    """The order's row of `silver.order_state`; the order's own fields are None while only payments are known."""

    user_id: str | None
    status: str | None
    currency: str | None
    total_amount: Decimal | None
    paid_amount: Decimal
    refunded_amount: Decimal
    fully_paid: bool | None
    other_currency_payments: int
    order_ts: datetime | None
    order_minute: datetime | None
    last_payment_ts: datetime | None
    event_ts: datetime
    event_count: int
    updated_ts: datetime


@dataclass(frozen=True)
class Sales:
    """Where the order stands in Gold. `reasons` are codes for programs, `why` the sentences for readers.

    `counts`: Gold counts it now, in `minute` (None: cannot be told). `should_count`: the present state belongs into
    Gold, in `minute_bucket` and `currency`. `missing_amount`: what is still to be paid.
    """

    counts: bool | None
    should_count: bool
    minute_bucket: datetime | None
    currency: str | None
    minute: SalesMinute | None
    missing_amount: Decimal | None
    reasons: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Life:
    """Events come in the order in which they happened. `notes` are sentences that a reader should know."""

    order_id: str
    events: tuple[Event, ...]
    payments: tuple[Payment, ...]
    state: State | None
    sales: Sales
    notes: tuple[str, ...] = field(default=())

    @property
    def is_known(self) -> bool:
        return bool(self.events) or self.state is not None
