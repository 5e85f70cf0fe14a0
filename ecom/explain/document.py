"""An order's life as one JSON document: decimals are strings, times ISO 8601 in UTC."""

from dataclasses import asdict
from typing import Any

from ecom.base.sql_text import json_value
from ecom.explain.model import Event, Life, Payment, Place


def document(life: Life) -> dict[str, Any]:
    """The order's life as `ecom explain --json` prints it."""
    found: dict[str, Any] = json_value(
        {
            "order_id": life.order_id,
            "known": life.is_known,
            "events": [_event(event) for event in life.events],
            "payments": [_payment(payment) for payment in life.payments],
            "state": asdict(life.state) if life.state else None,
            "gold": asdict(life.sales) | {"reasons": list(life.sales.reasons)},
            "notes": list(life.notes),
        }
    )
    return found


def _event(event: Event) -> dict[str, Any]:
    content = asdict(event)
    del content["place"]
    more = {"reasons": [asdict(reason) for reason in event.reasons], "verdict": event.verdict.value}
    return _place(event.place) | content | more


def _payment(payment: Payment) -> dict[str, Any]:
    content = asdict(payment)
    del content["place"]
    return _place(payment.place) | content | {"counts": payment.counts_as is not None}


def _place(place: Place) -> dict[str, Any]:
    return {"topic": place.topic, "partition": place.partition, "offset": place.offset}
