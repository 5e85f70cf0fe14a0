"""From rows to an order's life. Pure: no query, no clock."""

from collections.abc import Iterator
from typing import Any

from ecom.explain.model import Event, Life, Payment, Place, Reason, State, Verdict
from ecom.explain.payments import OTHER_CURRENCY, payments_of
from ecom.explain.queries import COUNTED
from ecom.explain.rows import Row, Rows
from ecom.explain.sales import sales_of

CONTENT = ("event_id", "status", "amount", "currency", "event_ts", "order_id")
NOTHING: dict[str, Any] = dict.fromkeys(CONTENT)
STATE_FIELDS = tuple(name for name in State.__dataclass_fields__ if name != "fully_paid")


def life_of(order_id: str, rows: Rows) -> Life:
    """Everything that is known about the order, from the rows that `look_up` found."""
    events = _events(order_id, rows)
    state = state_of(rows.state)
    own = [row for row in rows.judged if row["verdict"] == "accepted" and row["order_id"] == order_id]
    payments = payments_of([row for row in own if row["subject"] == "payments"], state)
    sales = sales_of(
        state,
        rows.state,
        rows.gold,
        has_accepted=any(row["subject"] in COUNTED for row in own),
        has_waiting=bool(rows.waiting),
    )
    counted = sum(row["subject"] in COUNTED for row in own)
    notes = _notes(order_id, rows, state, counted, payments)
    return Life(order_id, tuple(events), tuple(payments), state, sales, tuple(notes))


def state_of(row: Row | None) -> State | None:
    if row is None:
        return None
    total = row["total_amount"]
    paid = None if total is None else row["paid_amount"] >= total
    return State(fully_paid=paid, **{name: row[name] for name in STATE_FIELDS})


def place_of(row: Row, prefix: str = "") -> Place:
    return Place(row[f"{prefix}topic"], row[f"{prefix}partition"], row[f"{prefix}offset"])


def _events(order_id: str, rows: Rows) -> list[Event]:
    arrived = {place_of(row): row for row in rows.bronze}
    judged = {place_of(row): row for row in rows.judged}
    events = [_judged(order_id, row, arrived.get(place)) for place, row in judged.items()]
    events += [_duplicate(order_id, row, arrived, judged) for row in rows.duplicates]
    events += [_waiting(order_id, row) for row in rows.waiting]
    return sorted(events, key=_happened)


def _happened(event: Event) -> tuple[Any, ...]:
    """Sort key: the event's own time, or Kafka's timestamp where the event has none."""
    at = event.event_ts or event.kafka_timestamp
    return at is None, at and at.timestamp(), event.place.offset, event.place


def _judged(order_id: str, row: Row, arrived: Row | None) -> Event:
    accepted = row["verdict"] == "accepted"
    key = row["raw_key"] if arrived is None else arrived["raw_key"]
    return Event(
        subject=row["subject"],
        place=place_of(row),
        verdict=Verdict(row["verdict"]),
        kafka_timestamp=row["kafka_timestamp"] if arrived is None else arrived["kafka_timestamp"],
        ingest_ts=row["ingest_ts"] if arrived is None else arrived["ingest_ts"],
        raw_key=key,
        reasons=tuple(Reason(*reason) for reason in row["reasons"] or ()),
        message=row["message"],
        note=_key_note(order_id, key, row["order_id"], known=not accepted or arrived is not None),
        **_content(row),
    )


def _duplicate(order_id: str, row: Row, arrived: dict[Place, Row], judged: dict[Place, Row]) -> Event:
    """A duplicate, with the fields of its first copy: its own were not kept."""
    place, first = place_of(row), place_of(row, "first_")
    raw, copy = arrived.get(place), judged.get(first)
    key = raw["raw_key"] if raw else None
    content = _content(copy) if copy else NOTHING | {"event_id": row["event_id"]}
    return Event(
        subject=row["subject"],
        place=place,
        verdict=Verdict.DUPLICATE,
        kafka_timestamp=raw["kafka_timestamp"] if raw else None,
        ingest_ts=raw["ingest_ts"] if raw else None,
        raw_key=key,
        first_copy=first,
        note=_key_note(order_id, key, content["order_id"], known=raw is not None),
        **content,
    )


def _waiting(order_id: str, row: Row) -> Event:
    return Event(
        subject=row["subject"],
        place=place_of(row),
        verdict=Verdict.WAITING,
        kafka_timestamp=row["kafka_timestamp"],
        ingest_ts=row["ingest_ts"],
        raw_key=row["raw_key"],
        message=row["message"],
        note=_key_note(order_id, row["raw_key"], row["order_id"], known=True),
        **NOTHING,
    )


def _content(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in CONTENT}


def _key_note(order_id: str, key: str | None, named: str | None, *, known: bool) -> str | None:
    """What is odd where the Kafka key and the message do not name the same order. `known`: the key was looked up."""
    if named is not None and named != order_id:
        return f"Only its Kafka key is this id: the message is about order {named!r}."
    if not known or key == order_id:
        return None
    return "It has no Kafka key." if key is None else f"Its Kafka key is another: {key!r}."


def _notes(order_id: str, rows: Rows, state: State | None, accepted: int, payments: list[Payment]) -> Iterator[str]:
    counted = state.event_count if state else 0
    if rows.waiting:
        yield f"{_are(len(rows.waiting), 'record', ' in Bronze')} not judged yet; type `ecom run silver`."
    if rows.cut:
        yield "There are more records than are shown here; ask Trino for the others (`ecom sql`)."
    elif accepted > counted:
        yield f"{_are(accepted - counted, 'accepted event')} not in the order state yet; type `ecom run silver`."
    elif accepted < counted:
        yield (
            f"The order state counts {counted} events, and {accepted} are in the clean tables: these were changed by "
            "others; type `ecom verify`."
        )
    yield from _doubts(order_id, rows)
    if state and any(p.why.startswith(OTHER_CURRENCY) for p in payments):
        yield "A payment in another currency counts nowhere; `ecom account` lists all such payments."


def _doubts(order_id: str, rows: Rows) -> Iterator[str]:
    """Notes on what the order state counts although the shop may not have meant it."""
    row = rows.state or {}
    if row.get("is_uncertain"):
        yield "Its last state is not certain: of its latest moment there are events in several Kafka partitions."
    if row.get("repeated_movements"):
        yield f"{_are(row['repeated_movements'], 'movement')} equal to an earlier one of the same payment, and counted."
    total = row.get("total_amount")
    for name, what in (("paid_amount", "paid"), ("refunded_amount", "refunded")):
        if total is not None and row[name] > total:
            yield f"It was {what} more than its total."
    for one in rows.judged:
        if one.get("other_topic") is not None and one["order_id"] == order_id:
            other = Place(one["other_topic"], one["other_partition"], one["other_offset"])
            yield (
                f"Two events have the id {one['event_id']} and other content: at {place_of(one)} and at {other}; both "
                "were accepted, since no order is known between two partitions."
            )


def _are(count: int, what: str, where: str = "") -> str:
    return f"{count} {what}{where} is" if count == 1 else f"{count} {what}s{where} are"
