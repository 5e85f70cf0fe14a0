"""Messages that change the orders of an earlier stream in known ways: they test updates."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from generator.ids import new_id
from generator.message import DIGITS, Fields, Message, encode, micros
from generator.stream import iso8601

SECOND = timedelta(seconds=1)
T = TypeVar("T")


def second_wave(first: Iterable[Message], seed: int, share: float = 0.05) -> Iterator[Message]:
    """To some orders of `first`, and in this order, with the kind of each:

    `late_payment` pays an order whole that had no captured payment; `emptied_minute` cancels all orders of a minute
    and currency; `earlier_event` is an order event hours before its first; `duplicate` repeats a message. `share` is
    that of orders (of minutes, of messages) for each.
    """
    rng, good = Random(seed), [m for m in first if m.fields is not None and not m.kind.startswith("bad_")]
    orders, captured = _orders(good)
    for order_id in sorted(orders.keys() - captured):
        if rng.random() < max(share, 0.5):
            yield _late_payment(rng, orders[order_id])
    for minute in _chosen(rng, _by_minute(orders), share):
        for order_events in minute:
            yield _order_event(rng, order_events[-1], order_events[-1].event_ts + SECOND, "CANCELLED", "emptied_minute")
    for events in _chosen(rng, [orders[order_id] for order_id in sorted(orders)], share):
        earlier = events[0].event_ts - timedelta(minutes=rng.randrange(60, 600))
        yield _order_event(rng, events[0], earlier, "CREATED", "earlier_event")
    for message in _chosen(rng, good, share):
        yield replace(message, kind="duplicate")


def _orders(good: list[Message]) -> tuple[dict[str, list[Message]], set[str]]:
    """Events of each order by time, and the orders with a captured payment."""
    orders: dict[str, list[Message]] = defaultdict(list)
    captured = set()
    for message in sorted(good, key=lambda m: m.event_ts):
        if message.subject == "orders":
            orders[message.key].append(message)
        elif message.fields and message.fields["status"] == "CAPTURED":
            captured.add(message.key)
    return orders, captured


def _by_minute(orders: dict[str, list[Message]]) -> list[list[list[Message]]]:
    minutes: dict[tuple[datetime, str], list[list[Message]]] = defaultdict(list)
    for events in orders.values():
        assert events[0].fields is not None
        minute = events[0].event_ts.replace(second=0, microsecond=0)
        minutes[minute, str(events[0].fields["currency"])].append(events)
    return [minutes[key] for key in sorted(minutes)]


def _chosen(rng: Random, choices: list[T], share: float) -> Iterator[T]:
    return (choice for choice in choices if rng.random() < share)


def _late_payment(rng: Random, events: list[Message]) -> Message:
    order = events[0].fields
    assert order is not None
    digits = DIGITS[str(order["currency"])]
    whole, _, fraction = str(order["total_amount"]).partition(".")
    fields: Fields = {
        "event_id": new_id(rng),
        "payment_id": new_id(rng),
        "order_id": order["order_id"],
        "amount_cents": int(whole + fraction.ljust(digits, "0")),
        "currency": order["currency"],
        "status": "CAPTURED",
        "method": "bank_transfer",
    }
    return _message("payments", fields, events[0].event_ts + timedelta(minutes=5), "late_payment")


def _order_event(rng: Random, like: Message, at: datetime, status: str, kind: str) -> Message:
    fields = dict(like.fields or {}) | {"event_id": new_id(rng), "status": status}
    return _message("orders", fields, at, kind)


def _message(subject: str, fields: Fields, at: datetime, kind: str) -> Message:
    fields["event_ts"] = iso8601(micros(at))
    return Message(
        subject,
        str(fields["order_id"]),
        encode(fields),
        at,
        kind=kind,
        event_id=str(fields["event_id"]),
        fields=fields,
    )
