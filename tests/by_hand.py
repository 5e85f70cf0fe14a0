"""Messages written by hand, for tests that look at one order: fields as the contracts name them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from ecom.base.settings import Settings
from ecom.contracts.loader import dataset_topics
from generator.jsonl import Record

T0 = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=2)


def order(order_id: str, event_id: str, status: str = "CREATED", **given: Any) -> dict[str, Any]:
    return {
        "event_id": event_id, "order_id": order_id, "user_id": "u", "status": status, "currency": "USD",
        "total_amount": "12.50", "items": [], "event_ts": T0.isoformat(),
    } | given  # fmt: skip


def payment(order_id: str, event_id: str, status: str = "CAPTURED", **given: Any) -> dict[str, Any]:
    return {
        "event_id": event_id, "payment_id": f"p-{event_id}", "order_id": order_id, "amount_cents": 1250,
        "currency": "USD", "status": status, "method": "card", "event_ts": (T0 + timedelta(minutes=1)).isoformat(),
    } | given  # fmt: skip


def sent(settings: Settings, subject: str, message: dict[str, Any] | bytes, key: str | None) -> Record:
    value = message if isinstance(message, bytes) else json.dumps(message).encode()
    return Record(dataset_topics(settings)[subject], None if key is None else key.encode(), value)
