"""One record to an event, or to the reasons why it is none."""

from collections.abc import Callable
from typing import Any, TypeVar

from oracle import rules
from oracle.records import OrderEvent, PaymentEvent, Record
from oracle.rules import BrokenError, find
from oracle.shapes import Shape
from oracle.strict_json import NotJsonError, parse

ORDER_STATUSES = frozenset({"CREATED", "PAID", "SHIPPED", "DELIVERED", "CANCELLED"})
PAYMENT_STATUSES = frozenset({"AUTHORIZED", "CAPTURED", "FAILED", "REFUNDED"})
WHOLE = "$"
Reasons = frozenset[tuple[str, str]]
Event = OrderEvent | PaymentEvent
T = TypeVar("T")


def judge(record: Record, shape: Shape) -> Event | Reasons:
    if record.value is None:
        return frozenset({(WHOLE, "null_value")})
    try:
        document = parse(record.value.decode())
    except UnicodeDecodeError:
        return frozenset({(WHOLE, "invalid_utf8")})
    except NotJsonError:
        return frozenset({(WHOLE, "not_json")})
    if not isinstance(document, dict):
        return frozenset({(WHOLE, "wrong_type")})
    return (_order if record.subject == "orders" else _payment)(record, document, shape)


class _Fields:
    """Reads fields of one message, and collects (field, rule) of what is broken."""

    def __init__(self) -> None:
        self.broken: set[tuple[str, str]] = set()

    def __call__(self, name: str, rule: Callable[..., T], value: Any, *given: Any) -> T | None:
        try:
            return rule(value, *given)
        except BrokenError as error:
            self.broken.update((name, rule_name) for rule_name in error.rules)
            return None


def _order(record: Record, document: Any, shape: Shape) -> Event | Reasons:
    read, found = _Fields(), {name: find(document, path) for name, path in shape.orders.items()}
    event_id = read("event_id", rules.optional_id, found["event_id"])
    order_id = read("order_id", rules.text, found["order_id"])
    user_id = read("user_id", rules.text, found["user_id"])
    status = read("status", rules.choice, found["status"], ORDER_STATUSES)
    currency = read("currency", rules.currency, found["currency"])
    total = read("total_amount", rules.amount, found["total_amount"], shape.order_unit, currency)
    items = _items(read, found["items"], shape, currency)
    event_us = read("event_ts", rules.instant, found["event_ts"], *_clock(record, shape))
    if read.broken:
        return frozenset(read.broken)
    assert order_id and user_id and status and currency and total is not None and event_us is not None
    return OrderEvent(event_id or derived_id(record), order_id, user_id, status, currency, total, items, event_us)


def _payment(record: Record, document: Any, shape: Shape) -> Event | Reasons:
    read, found = _Fields(), {name: find(document, path) for name, path in shape.payments.items()}
    event_id = read("event_id", rules.optional_id, found["event_id"])
    payment_id = read("payment_id", rules.optional_id, found["payment_id"])
    order_id = read("order_id", rules.text, found["order_id"])
    currency = read("currency", rules.currency, found["currency"])
    amount = read("amount", rules.amount, found["amount"], shape.payment_unit, currency)
    status = read("status", rules.choice, found["status"], PAYMENT_STATUSES)
    method = read("method", rules.optional_text, found["method"])
    event_us = read("event_ts", rules.instant, found["event_ts"], *_clock(record, shape))
    if read.broken:
        return frozenset(read.broken)
    assert order_id and status and currency and amount is not None and event_us is not None
    event_id = event_id or derived_id(record)
    return PaymentEvent(event_id, payment_id, order_id, amount, currency, status, method, event_us)


def _clock(record: Record, shape: Shape) -> tuple[int, bool, bool]:
    return record.timestamp_ms * 1000, shape.iso8601, shape.epoch_millis


def _items(read: _Fields, given: Any, shape: Shape, currency: str | None) -> tuple[Any, ...]:
    if not isinstance(given, list):
        read.broken.add(("items", "missing" if given is None else "wrong_type"))
        return ()
    return tuple(_item(read, f"items[{number}]", item, shape, currency) for number, item in enumerate(given))


def _item(read: _Fields, name: str, item: Any, shape: Shape, currency: str | None) -> tuple[Any, ...]:
    if not isinstance(item, dict):
        read.broken.add((name, "wrong_type"))
        return ()
    at = shape.items
    return (
        read(f"{name}.product_id", rules.text, find(item, at["product_id"])),
        read(f"{name}.product_name", rules.any_text, find(item, at["product_name"])),
        read(f"{name}.category", rules.any_text, find(item, at["category"])),
        read(f"{name}.quantity", rules.quantity, find(item, at["quantity"])),
        read(f"{name}.unit_price", rules.amount, find(item, at["unit_price"]), shape.order_unit, currency),
    )


def derived_id(record: Record) -> str:
    """Equal for equal key and bytes, and no event_id that a message can hold (those are never empty at the start)."""
    return f"\0derived {record.key!r} {record.value!r}"
