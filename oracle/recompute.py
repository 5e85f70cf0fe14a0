"""From records to verdicts, orders and Gold: the whole history, each time, in plain Python."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from typing import Any

from oracle.contracts import Dataset
from oracle.judge import judge
from oracle.records import Event, GoldRow, Minute, Oracle, OrderState, Place, Record, Verdict
from oracle.rules import DAY_US

MINUTE_US = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SUM_DIGITS = 60
FUTURE = ("event_ts", "in_the_future")
# When the platform received records that are ahead of the broker's clock, in microseconds since 1970.
ReceivedAt = Callable[[list[Place]], Mapping[Place, int]]
Placed = tuple[tuple[int, int, int], Event]  # (event_us, offset, partition), and the event there


def recompute(
    records: Iterable[Record], datasets: Mapping[str, Dataset], received_at: ReceivedAt | None = None
) -> Oracle:
    """Verdicts, order states and Gold of these records. `received_at` says when each was received, which an event in
    the future is judged by; without it, its Kafka timestamp counts."""
    ordered = sorted(records, key=lambda r: (r.offset, r.partition, r.topic))
    judged = _judge_all(ordered, datasets, received_at)
    verdicts = _verdicts(ordered, judged, datasets)
    accepted = {
        record.place: event
        for record in ordered
        if verdicts[record.place].kind == "clean" and isinstance(event := judged[record.place], Event)
    }
    orders = {order_id: _order_state(order_id, events) for order_id, events in _by_order(accepted).items()}
    latest = {name: _latest(accepted, dataset) for name, dataset in datasets.items() if dataset.keep == "latest"}
    return Oracle(verdicts, accepted, orders, _gold(orders.values()), latest)


Judged = Mapping[Place, Event | frozenset[tuple[str, str]]]


def _judge_all(records: list[Record], datasets: Mapping[str, Dataset], received_at: ReceivedAt | None) -> Judged:
    """An event may be ahead of the broker's clock and yet not of ours: for those alone it is asked when they came."""
    found = {record.place: judge(record, datasets[record.subject]) for record in records}
    ahead = [place for place, event in found.items() if isinstance(event, frozenset) and FUTURE in event]
    received = received_at(ahead) if received_at and ahead else {}
    again = [record for record in records if record.place in received]
    return found | {r.place: judge(r, datasets[r.subject], received[r.place]) for r in again}


def _verdicts(records: list[Record], judged: Judged, datasets: Mapping[str, Dataset]) -> dict[Place, Verdict]:
    """In a partition the first copy of an identity (event_id, UTC day) counts; across partitions all that differ do."""
    verdicts: dict[Place, Verdict] = {}
    copies: dict[tuple[str, str, int], list[Record]] = defaultdict(list)
    told: set[tuple[Any, ...]] = set()
    for record in records:
        event = judged[record.place]
        if isinstance(event, frozenset):
            verdicts[record.place] = Verdict("quarantined", event)
            continue
        first = copies[record.subject, event.event_id, event.event_us // DAY_US]
        verdicts[record.place] = _verdict(record, event, first, judged)
        movement = _movement(event, datasets[record.subject])
        if verdicts[record.place].kind == "clean" and movement is not None:
            if movement in told:
                verdicts[record.place] = Verdict("duplicate")
            told.add(movement)
        if verdicts[record.place].kind == "clean":
            first.append(record)
    return verdicts


def _verdict(record: Record, event: Event, accepted: list[Record], judged: Judged) -> Verdict:
    own = [one for one in accepted if (one.topic, one.partition) == (record.topic, record.partition)]
    if own:
        is_same = judged[own[0].place] == event
        return Verdict("duplicate") if is_same else Verdict("quarantined", frozenset({("event_id", "conflict")}))
    if any(judged[one.place] == event for one in accepted):
        return Verdict("duplicate")
    return Verdict("clean", conflict=accepted[0].place if accepted else None)


def _movement(event: Event, dataset: Dataset) -> tuple[Any, ...] | None:
    """What the contract says that a repeat has in common, where all of it is there."""
    values = tuple(event.values.get(name) for name in dataset.identity)
    return None if not values or None in values else (dataset.name, *values)


def _latest(accepted: Mapping[Place, Event], dataset: Dataset) -> dict[tuple[Any, ...], Event]:
    """The latest event of each key that is not deleted."""
    found: dict[tuple[Any, ...], Placed] = {}
    gone: dict[Any, tuple[int, int, int]] = {}
    for (_, partition, offset), event in accepted.items():
        if event.subject != dataset.name:
            continue
        when, first = (event.event_us, offset, partition), event.values.get(dataset.key[0])
        if event.is_deletion:
            gone[first] = max(gone.get(first, when), when)
            continue
        key = tuple(event.values.get(name) for name in dataset.key)
        if key not in found or found[key][0] < when:
            found[key] = (when, event)
    return {key: event for key, (when, event) in found.items() if key[0] not in gone or gone[key[0]] < when}


def _by_order(accepted: Mapping[Place, Event]) -> dict[str, list[Placed]]:
    """Events of each order, earliest first."""
    orders: dict[str, list[Placed]] = defaultdict(list)
    placed = [((event.event_us, offset, partition), event) for (_, partition, offset), event in accepted.items()]
    for when, event in sorted(placed, key=lambda pair: pair[0]):
        if event.subject in ("orders", "payments"):
            orders[event.values["order_id"]].append((when, event))
    return orders


def _order_state(order_id: str, placed: list[Placed]) -> OrderState:
    orders = [(when, event) for when, event in placed if event.subject == "orders"]
    payments: dict[str, Event] = {}
    for _, event in placed:
        if event.subject == "payments":
            payments.setdefault(event.event_id, event)  # once, however often it was re-stamped
    latest = orders[-1][1].values if orders else {}
    moved = [p.values for p in payments.values() if p.values["status"] in ("CAPTURED", "REFUNDED")]
    own = [p for p in moved if latest and p["currency"] == latest["currency"]]
    movements = [(p["payment_id"], p["status"], p["amount"]) for p in moved]
    moments = {partition for (event_us, _, partition), _ in orders if event_us == orders[-1][1].event_us}
    return OrderState(
        order_id=order_id,
        user_id=latest.get("user_id"),
        status=latest.get("status"),
        currency=latest.get("currency"),
        total_amount=latest.get("total_amount"),
        order_us=orders[0][1].event_us if orders else None,
        paid_amount=_sum(p["amount"] for p in own if p["status"] == "CAPTURED"),
        refunded_amount=_sum(p["amount"] for p in own if p["status"] == "REFUNDED"),
        other_currency_payments=len(moved) - len(own) if latest else 0,
        last_payment_us=max((p.event_us for p in payments.values()), default=None),
        event_us=placed[-1][1].event_us,
        event_count=len(placed),
        repeated_movements=len(movements) - len(set(movements)),
        is_uncertain=len(moments) > 1,
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
