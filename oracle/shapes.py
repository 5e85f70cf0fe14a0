"""Where a message holds what: the canonical shape, and one with camelCase in an envelope."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Path = tuple[str, ...]
Unit = Literal["major", "minor"]


@dataclass(frozen=True)
class Shape:
    """Paths by our names. `items` lead from an item, the rest from the message."""

    orders: Mapping[str, Path]
    items: Mapping[str, Path]
    payments: Mapping[str, Path]
    order_unit: Unit  # of total_amount and unit_price
    payment_unit: Unit = "minor"
    iso8601: bool = True
    epoch_millis: bool = True


def _same(*names: str) -> dict[str, Path]:
    return {name: (name,) for name in names}


CANONICAL = Shape(
    orders=_same("event_id", "order_id", "user_id", "status", "currency", "total_amount", "items", "event_ts"),
    items=_same("product_id", "product_name", "category", "quantity", "unit_price"),
    payments=_same("event_id", "payment_id", "order_id", "currency", "status", "method", "event_ts")
    | {"amount": ("amount_cents",)},
    order_unit="major",
)

_META = {"event_id": ("meta", "eventId")}
_PAYLOAD = {"order_id": "orderId", "currency": "currencyCode", "status": "state", "event_ts": "occurredAt"}
_ORDER = _PAYLOAD | {"user_id": "userId", "total_amount": "totalMinor", "items": "lines"}
_PAYMENT = _PAYLOAD | {"payment_id": "paymentId", "amount": "amountMinor", "method": "method"}

ENVELOPE = Shape(
    orders=_META | {name: ("payload", key) for name, key in _ORDER.items()},
    items={
        "product_id": ("sku",),
        "product_name": ("title",),
        "category": ("group",),
        "quantity": ("qty",),
        "unit_price": ("unitMinor",),
    },
    payments=_META | {name: ("payload", key) for name, key in _PAYMENT.items()},
    order_unit="minor",
    iso8601=False,
)
