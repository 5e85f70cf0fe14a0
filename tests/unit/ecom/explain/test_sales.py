"""Where an order stands in Gold, from its state and what Gold was built of."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ecom.explain.life import state_of
from ecom.explain.model import Sales
from ecom.explain.rows import Gold, Row, SalesMinute
from ecom.explain.sales import minute_of, sales_of

AT = datetime(2026, 1, 31, 10, 0, 30, tzinfo=UTC)
MINUTE, LATER = datetime(2026, 1, 31, 10, 0, tzinfo=UTC), datetime(2026, 1, 31, 11, 7, tzinfo=UTC)
FIGURES = SalesMinute(MINUTE, "USD", Decimal(30), Decimal(0), Decimal(30), 3)


def row(**given: Any) -> Row:
    """A paid order's row of order_state."""
    return {
        "user_id": "u", "status": "PAID", "currency": "USD", "total_amount": Decimal("10.0000"),
        "paid_amount": Decimal("10.0000"), "refunded_amount": Decimal("0.0000"), "other_currency_payments": 0,
        "order_ts": AT, "order_minute": MINUTE, "last_payment_ts": AT, "event_ts": AT, "event_count": 1,
        "updated_ts": AT,
    } | given  # fmt: skip


def sales(now: Row | None, gold: Gold | None, *, has_accepted: bool = True, has_waiting: bool = False) -> Sales:
    return sales_of(state_of(now), now, gold, has_accepted=has_accepted, has_waiting=has_waiting)


def built(seen: Row | None, minute: SalesMinute | None = FIGURES, known: bool = True) -> Gold:
    return Gold(5, 7, seen, known, minute)


UNPAID = row(paid_amount=Decimal("4.0000"))
CANCELLED = row(status="CANCELLED")
UNKNOWN = row(order_ts=None, order_minute=None, currency=None, status=None, total_amount=None)


@pytest.mark.parametrize(
    ("now", "place"),
    [
        (row(), (MINUTE, "USD")),
        (row(total_amount=Decimal(0), paid_amount=Decimal(0)), (MINUTE, "USD")),
        (row(paid_amount=Decimal("10.0001")), (MINUTE, "USD")),
        (row(paid_amount=Decimal("9.9999")), None),
        (CANCELLED, None),
        (UNKNOWN, None),
        (None, None),
    ],
)
def test_an_order_counts_when_it_is_paid_whole_and_not_cancelled(now: Row | None, place: Any) -> None:
    assert minute_of(now) == place


def test_a_paid_order_that_gold_has_seen_counts_in_its_minute() -> None:
    found = sales(row(), built(row()))
    assert (found.counts, found.should_count, found.minute, found.reasons) == (True, True, FIGURES, ())
    assert (found.minute_bucket, found.currency) == (MINUTE, "USD")


@pytest.mark.parametrize(
    ("now", "reasons", "missing"),
    [
        (UNPAID, ("not_fully_paid",), Decimal("6.0000")),
        (CANCELLED, ("cancelled",), None),
        (row(status="CANCELLED", paid_amount=Decimal(4)), ("cancelled", "not_fully_paid"), Decimal(6)),
        (UNKNOWN, ("order_unknown",), None),
    ],
)
def test_why_an_order_counts_in_no_minute(now: Row, reasons: tuple[str, ...], missing: Decimal | None) -> None:
    found = sales(now, built(now, None))
    assert (found.counts, found.should_count, found.minute) == (False, False, None)
    assert (found.reasons, found.missing_amount) == (reasons, missing)


@pytest.mark.parametrize(
    ("seen", "now", "counts", "then"),
    [
        (UNPAID, row(), False, "Gold does not count it yet"),
        (row(), CANCELLED, True, "the next build takes it out: it is cancelled"),
        (row(), row(refunded_amount=Decimal(3)), True, "with its earlier amounts"),
        (row(), row(order_minute=LATER), True, "the next build moves it to 2026-01-31 11:07 UTC"),
    ],
)
def test_what_changed_after_gold_was_built_is_said(seen: Row, now: Row, counts: bool, then: str) -> None:
    found = sales(now, built(seen))
    assert (found.counts, "gold_behind" in found.reasons) == (counts, True)
    assert then in found.why and "version 5 of order_state" in found.why and "ecom run gold" in found.why


def test_a_version_that_can_no_longer_be_read_leaves_open_whether_it_counts() -> None:
    found = sales(row(), built(None, None, known=False))
    assert (found.counts, found.reasons) == (None, ("gold_behind",))
    assert "stands at 7 now" in found.why


def test_gold_that_lacks_the_minute_of_an_order_that_it_saw_differs() -> None:
    assert sales(row(), built(row(), None)).reasons == ("gold_differs",)


def test_without_gold_only_an_order_that_would_count_is_told_to_build_it() -> None:
    assert "Gold was never built" in sales(row(), None).why
    assert sales(UNPAID, None).why.startswith("it is not fully paid")
    assert sales(UNPAID, None).reasons == ("not_fully_paid", "gold_not_built")


@pytest.mark.parametrize(
    ("accepted", "waiting", "reason"),
    [
        (False, False, "nothing_accepted"),
        (True, True, "not_in_order_state"),
        (False, True, "not_judged"),
    ],
)
def test_an_order_without_a_state_says_how_far_its_events_came(accepted: bool, waiting: bool, reason: str) -> None:
    found = sales(None, None, has_accepted=accepted, has_waiting=waiting)
    assert (found.counts, found.reasons) == (False, (reason,))


def test_what_is_missing_is_said_with_the_currency_s_digits() -> None:
    (why,) = [sales(row(paid_amount=Decimal("9.9900")), built(None, None)).why.split(";")[0]]
    assert why == "it is not fully paid: 9.99 USD of 10.00 USD, 0.01 USD are missing"
