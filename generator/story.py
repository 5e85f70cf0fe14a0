"""What happens to one order: its events and payments, with the time of each and the time it arrives.

Only `random()` and `randrange()` of the random source are used: their results are the same on every machine.
"""

from dataclasses import dataclass
from random import Random

from generator.catalogue import Catalogue, Product
from generator.ids import new_id
from generator.message import DIGITS, Fields, Json, major
from generator.mix import Mix

SECOND = 1_000_000
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
METHODS = ("card", "paypal", "bank_transfer", "voucher")
# A unit of US cents in minor units of each currency: numerator and denominator.
RATES = {"USD": (1, 1), "EUR": (9, 10), "JPY": (3, 2), "KWD": (3, 1)}
ORDER_LEAD = 2 * MINUTE  # how much sooner than the order itself a story's first message can arrive


@dataclass(slots=True)
class Event:
    """An event to be sent, of the dataset `subject`, under the Kafka key `key`. Times in microseconds since 1970."""

    subject: str
    key: str
    fields: Fields
    at: int
    arrives: int
    kind: str


@dataclass(slots=True)
class Order:
    order_id: str
    user_id: str
    currency: str
    items: list[tuple[Product, int, int]]  # product, quantity, unit price in minor units
    total: int  # minor units
    created: int
    end: int
    as_string: bool


def chance(rng: Random, share: float) -> bool:
    return rng.random() < share


def tell(rng: Random, catalogue: Catalogue, mix: Mix, created: int, end: int) -> list[Event]:
    """The events of one order placed at `created`, none of them after `end`."""
    order = place(rng, catalogue, mix, created, end)
    events = [*order_events(rng, mix, order), *payment_events(rng, mix, order)]
    if chance(rng, mix.payment_before_order):
        _payments_first(rng, events)
    if chance(rng, mix.late):
        age = rng.randrange(HOUR, 72 * HOUR)
        for event in events:
            event.at -= age
            event.kind = "late"
    return events


def place(rng: Random, catalogue: Catalogue, mix: Mix, created: int, end: int) -> Order:
    """A new order with random items, placed at `created` (microseconds since 1970), but before `end`."""
    currency = _currency(rng, mix)
    items = [] if chance(rng, mix.free) else [_item(rng, catalogue, currency) for _ in range(rng.randrange(1, 4))]
    if chance(rng, 0.02):  # the last instants of a minute: where rounding would show
        created = created // MINUTE * MINUTE + MINUTE - rng.randrange(1, 500)
    return Order(
        order_id=new_id(rng),
        user_id=catalogue.people[rng.randrange(len(catalogue.people))],
        currency=currency,
        items=items,
        total=sum(quantity * price for _, quantity, price in items),
        created=min(created, end - 1),
        end=end,
        as_string=chance(rng, mix.amount_as_string),
    )


def order_events(rng: Random, mix: Mix, order: Order) -> list[Event]:
    """Steps that would come after the end have not happened yet, except cancelling, which is asked for."""
    at = order.created
    events = [_order_event(rng, order, "CREATED", at, "plain")]
    for status, share, least, most in (("PAID", 0.5, 1, 10), ("SHIPPED", 0.5, 10, 90), ("DELIVERED", 0.6, 30, 180)):
        at += rng.randrange(least * MINUTE, most * MINUTE)
        if at >= order.end or not chance(rng, share):
            break
        events.append(_order_event(rng, order, status, at, "plain"))
    if chance(rng, mix.cancelled):
        at = min(events[-1].at + rng.randrange(SECOND, HOUR), order.end - 1)
        events.append(_order_event(rng, order, "CANCELLED", at, "cancelled"))
    return events


def payment_events(rng: Random, mix: Mix, order: Order) -> list[Event]:
    """Payments that would come after the end are moved to it: a stream of one minute has its payments, too."""
    if not order.items:
        return []
    at = min(order.created + rng.randrange(SECOND, 3 * MINUTE), order.end - 1)
    events = []
    if chance(rng, 0.2):
        events.append(_payment_event(rng, mix, order, order.total, "AUTHORIZED", at - 1, "plain"))
    if chance(rng, 0.03):
        events.append(_payment_event(rng, mix, order, order.total, "FAILED", at - 1, "plain"))
    if chance(rng, mix.unpaid):
        return events
    for amount, kind in _captures(rng, mix, order.total):
        events.append(_payment_event(rng, mix, order, amount, "CAPTURED", at, kind))
        at = min(at + rng.randrange(SECOND, 5 * MINUTE), order.end - 1)
    if chance(rng, mix.other_currency_payment):
        events.append(_other_currency(rng, mix, order, at))
    if chance(rng, mix.refunded):
        amount = order.total if chance(rng, 0.5) else rng.randrange(1, order.total + 1)
        at = min(at + rng.randrange(MINUTE, HOUR), order.end - 1)
        events.append(_payment_event(rng, mix, order, amount, "REFUNDED", at, "refunded"))
    return events


def _captures(rng: Random, mix: Mix, total: int) -> list[tuple[int, str]]:
    """Amounts in minor units; all but the partial ones sum to the total exactly."""
    if total > 1 and chance(rng, mix.partial):
        return [(rng.randrange(1, total), "partial")]
    if total > 3 and chance(rng, mix.split):
        first = rng.randrange(1, total - 1)
        second = rng.randrange(1, total - first) if chance(rng, 0.3) else 0
        return [(part, "split") for part in (first, second, total - first - second) if part]
    return [(total, "plain")]


def _other_currency(rng: Random, mix: Mix, order: Order, at: int) -> Event:
    event = _payment_event(rng, mix, order, order.total, "CAPTURED", at, "other_currency_payment")
    others = [currency for currency in RATES if currency != order.currency]
    event.fields["currency"] = others[rng.randrange(len(others))]
    return event


def _currency(rng: Random, mix: Mix) -> str:
    draw = rng.random()
    for currency, share in (("EUR", mix.eur), ("JPY", mix.jpy), ("KWD", mix.kwd)):
        if draw < share:
            return currency
        draw -= share
    return "USD"


def _item(rng: Random, catalogue: Catalogue, currency: str) -> tuple[Product, int, int]:
    product = catalogue.products[rng.randrange(len(catalogue.products))]
    numerator, denominator = RATES[currency]
    return product, rng.randrange(1, 4), product.cents * numerator // denominator


def _order_event(rng: Random, order: Order, status: str, at: int, kind: str) -> Event:
    digits = DIGITS[order.currency]
    items: list[Json] = [
        {
            "product_id": product.product_id,
            "product_name": product.name,
            "category": product.category,
            "quantity": quantity,
            "unit_price": _amount(order, price, digits),
        }
        for product, quantity, price in order.items
    ]
    fields: Fields = {
        "event_id": new_id(rng),
        "order_id": order.order_id,
        "user_id": order.user_id,
        "status": status,
        "currency": order.currency,
        "total_amount": _amount(order, order.total, digits),
        "items": items,
    }
    return Event("orders", order.order_id, fields, at, at + rng.randrange(2 * SECOND), kind)


def _amount(order: Order, minor: int, digits: int) -> str:
    text = major(minor, digits)
    return str(text) if order.as_string else text


def _payment_event(rng: Random, mix: Mix, order: Order, amount: int, status: str, at: int, kind: str) -> Event:
    fields: Fields = {"event_id": new_id(rng)}
    if not chance(rng, mix.no_payment_id):
        fields["payment_id"] = new_id(rng)
    fields |= {
        "order_id": order.order_id,
        "amount_cents": amount,
        "currency": order.currency,
        "status": status,
        "method": METHODS[rng.randrange(len(METHODS))],
    }
    return Event("payments", order.order_id, fields, at, at + rng.randrange(2 * SECOND), kind)


def _payments_first(rng: Random, events: list[Event]) -> None:
    """Payments happen and arrive up to two minutes before the order, whose own time stays."""
    payments = [event for event in events if event.subject == "payments"]
    if not payments or events[0].subject != "orders":
        return
    lead = rng.randrange(SECOND, ORDER_LEAD)
    for number, event in enumerate(payments):
        if event.kind != "refunded":
            event.at = event.arrives = events[0].at - lead + number
            event.kind = "payment_before_order" if event.kind == "plain" else event.kind
