"""The columns of the clean tables: what a contract may fill, of which type, and what it must fill."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """`types`: the logical types that fit. An amount needs a unit. `required`: no event counts without it."""

    types: tuple[str, ...]
    mapped: bool = True
    required: bool = True
    amount: bool = False
    members: "dict[str, Column] | None" = None


_TEXT = Column(("string",))
_AMOUNT = Column(("number", "integer"), amount=True)
_OPTIONAL_TEXT = Column(("string",), mapped=False, required=False)
_DESCRIPTIVE_TEXT = Column(("string",), required=False)

ITEMS = {
    "product_id": _DESCRIPTIVE_TEXT,
    "product_name": _DESCRIPTIVE_TEXT,
    "category": _DESCRIPTIVE_TEXT,
    "quantity": Column(("integer",), required=False),
    "unit_price": Column(("number", "integer"), required=False, amount=True),
}
COLUMNS: dict[str, dict[str, Column]] = {
    "orders": {
        "event_id": _OPTIONAL_TEXT,
        "order_id": _TEXT,
        "user_id": _DESCRIPTIVE_TEXT,
        "items": Column(("array",), required=False, members=ITEMS),
        "currency": _TEXT,
        "total_amount": _AMOUNT,
        "status": _TEXT,
        "event_ts": Column(("timestamp",)),
    },
    "payments": {
        "event_id": _OPTIONAL_TEXT,
        "payment_id": _OPTIONAL_TEXT,
        "order_id": _TEXT,
        "amount": _AMOUNT,
        "currency": _TEXT,
        "status": _TEXT,
        "method": _OPTIONAL_TEXT,
        "event_ts": Column(("timestamp",)),
    },
}
