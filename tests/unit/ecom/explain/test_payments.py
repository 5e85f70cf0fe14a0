"""Which payments of an order count."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from ecom.explain.model import Place, State
from ecom.explain.payments import payments_of
from ecom.explain.rows import Row

AT = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
STATE = State(
    "u", "PAID", "USD", Decimal(10), Decimal(10), Decimal(0), True, 0, AT, AT, AT, AT, 1, AT
)  # fmt: skip
UNKNOWN = State(None, None, None, None, Decimal(0), Decimal(0), None, 0, None, None, AT, AT, 1, AT)


def row(offset: int, **given: Any) -> Row:
    return {
        "topic": "payments", "partition": 0, "offset": offset, "event_id": f"e{offset}", "payment_id": "p",
        "status": "CAPTURED", "amount": Decimal(10), "currency": "USD", "method": "card",
        "event_ts": AT + timedelta(seconds=offset), "event_date": date(2026, 1, 31),
    } | given  # fmt: skip


@pytest.mark.parametrize(
    ("given", "counts_as", "why"),
    [
        ({}, "paid_amount", "CAPTURED, in the order's currency"),
        ({"status": "REFUNDED"}, "refunded_amount", "REFUNDED, in the order's currency"),
        ({"status": "AUTHORIZED"}, None, "AUTHORIZED moves no money"),
        ({"status": "FAILED"}, None, "FAILED moves no money"),
        ({"currency": "EUR"}, None, "in another currency: EUR, the order is in USD"),
    ],
)
def test_money_that_moves_in_the_order_s_currency_counts(given: Any, counts_as: str | None, why: str) -> None:
    (payment,) = payments_of([row(1, **given)], STATE)
    assert (payment.counts_as, payment.why) == (counts_as, why)


@pytest.mark.parametrize("state", [None, UNKNOWN])
def test_while_the_order_is_not_known_no_payment_counts(state: State | None) -> None:
    (payment,) = payments_of([row(1)], state)
    assert payment.counts_as is None and "not known yet" in payment.why


def test_of_an_event_id_under_two_dates_the_first_counts() -> None:
    again = row(5, event_id="e1", event_date=date(2026, 2, 1), event_ts=AT + timedelta(days=1))
    first, second = payments_of([again, row(1)], STATE)
    assert (first.place, first.counts_as) == (Place("payments", 0, 1), "paid_amount")
    assert second.counts_as is None and "payments-0 offset 1" in second.why


def test_payments_come_by_date_then_time_then_place() -> None:
    rows = [
        row(4, event_date=date(2026, 2, 1)),
        row(3, event_ts=AT),
        row(2, event_ts=AT, partition=1),
        row(2, event_ts=AT, event_id="other"),
        row(1, event_ts=AT + timedelta(hours=1)),
    ]
    places = [(one.place.offset, one.place.partition) for one in payments_of(rows, STATE)]
    assert places == [(2, 0), (2, 1), (3, 0), (1, 0), (4, 0)]


def test_an_order_without_payments_has_none() -> None:
    assert payments_of([], STATE) == []
