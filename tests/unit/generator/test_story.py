"""One order's story: its times, amounts and states hold together whatever is drawn."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from generator.catalogue import Catalogue, Product
from generator.message import DIGITS
from generator.mix import Mix
from generator.story import HOUR, MINUTE, Event, tell

CATALOGUE = Catalogue(("u-1", "u-2"), (Product("P1", "Teapot", "home", 1_250), Product("P2", "Kite", "toys", 99)))
CREATED, END = 100 * HOUR + 7, 106 * HOUR


def stories(count: int = 200, end: int = END, **given: float) -> list[list[Event]]:
    """That many orders, without any trouble but what is given."""
    return [tell(Random(seed), CATALOGUE, Mix.clean(**given), CREATED, end) for seed in range(count)]


def minor(event: Event) -> int:
    return int(str(event.fields["total_amount"]).replace(".", ""))


def paid(events: list[Event], status: str = "CAPTURED") -> int:
    return sum(int(str(e.fields["amount_cents"])) for e in events if e.fields["status"] == status)


def test_the_same_seed_tells_the_same_story() -> None:
    assert stories(20, late=0.5, split=0.5) == stories(20, late=0.5, split=0.5)


def test_an_order_begins_created_and_goes_forward_in_time() -> None:
    rank = {status: n for n, status in enumerate(("CREATED", "PAID", "SHIPPED", "DELIVERED", "CANCELLED"))}
    for events in stories():
        orders = [event for event in events if event.subject == "orders"]
        statuses = [rank[str(event.fields["status"])] for event in orders]
        assert statuses[0] == 0 and statuses == sorted(set(statuses))
        assert [event.at for event in orders] == sorted(event.at for event in orders)
        assert all(event.arrives >= event.at and event.at < END for event in events)


@pytest.mark.parametrize("given", [{}, {"split": 1.0}, {"refunded": 1.0}, {"jpy": 1.0}, {"kwd": 1.0}])
def test_an_order_without_trouble_is_paid_to_the_last_minor_unit(given: dict[str, Any]) -> None:
    for events in stories(100, **given):
        assert paid(events) == minor(events[0])
        assert paid(events, "REFUNDED") <= paid(events)


def test_a_partial_payment_leaves_something_and_an_unpaid_order_all() -> None:
    assert all(0 < paid(events) < minor(events[0]) for events in stories(100, partial=1.0))
    assert all(paid(events) == 0 for events in stories(100, unpaid=1.0))


def test_a_free_order_has_neither_items_nor_payments() -> None:
    for events in stories(50, free=1.0):
        assert {event.subject for event in events} == {"orders"}
        assert events[0].fields["items"] == [] and minor(events[0]) == 0


def test_every_order_that_is_asked_to_be_cancelled_ends_so() -> None:
    for events in stories(100, cancelled=1.0):
        assert [e for e in events if e.subject == "orders"][-1].fields["status"] == "CANCELLED"


def test_payments_that_come_first_precede_their_order_and_do_not_move_it() -> None:
    for events in stories(100, payment_before_order=1.0):
        first = [event.at for event in events if event.subject == "payments" and event.kind == "payment_before_order"]
        assert first and max(first) < events[0].at


def test_late_orders_happened_hours_to_days_before_they_arrive() -> None:
    for events in stories(50, late=1.0):
        assert {event.kind for event in events} == {"late"}
        assert all(HOUR <= event.arrives - event.at <= 72 * HOUR + MINUTE for event in events)


def test_a_payment_in_another_currency_is_never_the_order_s() -> None:
    for events in stories(100, other_currency_payment=1.0):
        (other,) = [event for event in events if event.kind == "other_currency_payment"]
        assert other.fields["currency"] in DIGITS and other.fields["currency"] != events[0].fields["currency"]


def test_currencies_come_in_their_shares() -> None:
    found = Counter(str(events[0].fields["currency"]) for events in stories(1_000, eur=0.5, jpy=0.25))
    assert abs(found["EUR"] - 500) < 60 and abs(found["JPY"] - 250) < 60 and "KWD" not in found


def test_a_stream_of_one_minute_has_its_payments_within_it() -> None:
    for events in stories(50, end=CREATED + MINUTE):
        assert paid(events) == minor(events[0])
        assert all(CREATED - MINUTE < event.at < CREATED + MINUTE for event in events)
