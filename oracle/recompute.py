"""From records to verdicts, orders and Gold: the whole history, each time, in plain Python."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

from oracle.judge import judge
from oracle.records import GoldRow, Minute, Oracle, OrderEvent, OrderState, PaymentEvent, Place, Record, Verdict
from oracle.rules import DAY_US
from oracle.shapes import CANONICAL, Shape

MINUTE_US = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SUM_DIGITS = 60
# An accepted event and where it lies in time: (event_us, offset, partition).
Accepted = tuple[tuple[int, int, int], OrderEvent | PaymentEvent]


def recompute(records: Iterable[Record], shape: Shape = CANONICAL) -> Oracle:
    verdicts, accepted = _verdicts(records, shape)
    orders = {order_id: _order_state(order_id, events) for order_id, events in _by_order(accepted).items()}
    return Oracle(verdicts, orders, _gold(orders.values()))


def _verdicts(records: Iterable[Record], shape: Shape) -> tuple[dict[Place, Verdict], list[Accepted]]:
    """Each identity (event_id, UTC day) is accepted once, in the copy with the lowest offset."""
    verdicts: dict[Place, Verdict] = {}
    first: dict[tuple[str, str, int], OrderEvent | PaymentEvent] = {}
    accepted: list[Accepted] = []
    for record in sorted(records, key=lambda r: (r.offset, r.partition, r.topic)):
        event = judge(record, shape)
        if isinstance(event, frozenset):
            verdicts[record.place] = Verdict("quarantined", event)
            continue
        copy = first.setdefault((record.subject, event.event_id, event.event_us // DAY_US), event)
        if copy is event:
            verdicts[record.place] = Verdict("clean")
            accepted.append(((event.event_us, record.offset, record.partition), event))
        elif copy == event:
            verdicts[record.place] = Verdict("duplicate")
        else:
            verdicts[record.place] = Verdict("quarantined", frozenset({("event_id", "conflict")}))
    return verdicts, accepted


def _by_order(accepted: list[Accepted]) -> dict[str, list[Accepted]]:
    """Events of each order, earliest first."""
    orders: dict[str, list[Accepted]] = defaultdict(list)
    for when, event in sorted(accepted, key=lambda pair: pair[0]):
        orders[event.order_id].append((when, event))
    return orders


def _order_state(order_id: str, accepted: list[Accepted]) -> OrderState:
    events = [event for _, event in accepted]
    orders = [event for event in events if isinstance(event, OrderEvent)]
    payments: dict[str, PaymentEvent] = {}
    for event in events:
        if isinstance(event, PaymentEvent):
            payments.setdefault(event.event_id, event)  # once, however often it was re-stamped
    latest = orders[-1] if orders else None
    moved = [p for p in payments.values() if p.status in ("CAPTURED", "REFUNDED")]
    own = [p for p in moved if latest and p.currency == latest.currency]
    return OrderState(
        order_id=order_id,
        user_id=latest.user_id if latest else None,
        status=latest.status if latest else None,
        currency=latest.currency if latest else None,
        total_amount=latest.total_amount if latest else None,
        order_us=orders[0].event_us if orders else None,
        paid_amount=_sum(p.amount for p in own if p.status == "CAPTURED"),
        refunded_amount=_sum(p.amount for p in own if p.status == "REFUNDED"),
        other_currency_payments=len(moved) - len(own) if latest else 0,
        last_payment_us=max((p.event_us for p in payments.values()), default=None),
        event_us=events[-1].event_us,
        event_count=len(events),
    )


def _gold(orders: Iterable[OrderState]) -> dict[Minute, GoldRow]:
    counted: dict[Minute, list[OrderState]] = defaultdict(list)
    for order in orders:
        if order.total_amount is None or order.order_us is None or order.currency is None:
            continue
        if order.paid_amount >= order.total_amount and order.status != "CANCELLED":
            minute = EPOCH + timedelta(minutes=order.order_us // MINUTE_US)
            counted[minute, order.currency].append(order)
    return {key: _gold_row(of_minute) for key, of_minute in counted.items()}


def _gold_row(orders: list[OrderState]) -> GoldRow:
    gmv = _sum(order.total_amount or Decimal(0) for order in orders)
    refunded = _sum(order.refunded_amount for order in orders)
    return GoldRow(gmv, refunded, _sum([gmv, -refunded]), len(orders))


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    with localcontext(prec=SUM_DIGITS):
        return sum(amounts, Decimal(0))
