"""The public Olist data set (Brazilian shops, 2016-2018) as canonical messages. docs/olist.md tells the mapping."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ecom.base.errors import EcomError, ExitCode
from generator.message import Fields, Json, Message, Number, encode

Row = dict[str, str]
CURRENCY = "BRL"
ORDERS, ITEMS, PAYMENTS = (
    "olist_orders_dataset.csv",
    "olist_order_items_dataset.csv",
    "olist_order_payments_dataset.csv",
)
PURCHASE, APPROVAL = "order_purchase_timestamp", "order_approved_at"
CARRIER, CUSTOMER = "order_delivered_carrier_date", "order_delivered_customer_date"
COLUMNS = {
    ORDERS: ("order_id", "customer_id", "order_status", PURCHASE, APPROVAL, CARRIER, CUSTOMER),
    ITEMS: ("order_id", "order_item_id", "product_id", "price", "freight_value"),
    PAYMENTS: ("order_id", "payment_sequential", "payment_type", "payment_value"),
}
# The step that a status says was reached, also where its date is missing.
REACHED = {"shipped": "SHIPPED", "delivered": "DELIVERED", "canceled": "CANCELLED"}
NEVER_PAID = ("created", "canceled", "unavailable")  # without an approval their money was reserved, not taken


@dataclass(frozen=True)
class Olist:
    """The messages in event order, and rows that belong to no order in the orders file."""

    messages: list[Message] = field(default_factory=list)
    left_out: int = 0


def read_olist(folder: Path) -> Olist:
    """Raises EcomError for a missing file or column, or a value that is no amount or time."""
    orders = {row["order_id"]: row for row in _rows(folder, ORDERS)}
    items, payments = _by_order(_rows(folder, ITEMS)), _by_order(_rows(folder, PAYMENTS))
    left_out = sum(len(rows) for of in (items, payments) for order_id, rows in of.items() if order_id not in orders)
    messages: list[Message] = []
    for order_id, order in orders.items():
        try:
            messages += _order_messages(order, items.get(order_id, []))
            messages += _payment_messages(order, payments.get(order_id, []))
        except (ValueError, InvalidOperation) as error:
            sentence = f"Order {order_id} in {folder} has a value that is no amount or time ({error}); mend the file."
            raise EcomError(sentence, ExitCode.USAGE) from None
    # Stable: what happens in the same second keeps the order above, an order's own steps first.
    return Olist(sorted(messages, key=lambda message: message.event_ts), left_out)


def _rows(folder: Path, name: str) -> Iterator[Row]:
    try:
        with (folder / name).open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines)
            absent = [column for column in COLUMNS[name] if column not in (reader.fieldnames or ())]
            if absent:
                raise EcomError(f"{folder / name} has no column {absent[0]}; is it Olist's file?", ExitCode.USAGE)
            for row in reader:
                if None in row.values() or None in row:
                    sentence = f"{folder / name} line {reader.line_num} has not as many fields as the header."
                    raise EcomError(sentence, ExitCode.USAGE)
                yield row
    except (OSError, UnicodeDecodeError) as error:
        sentence = f"Cannot read {folder / name} ({error}); give the folder that holds Olist's CSV files."
        raise EcomError(sentence, ExitCode.USAGE) from None


def _by_order(rows: Iterator[Row]) -> dict[str, list[Row]]:
    orders: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        orders[row["order_id"]].append(row)
    return orders


def _time(text: str) -> datetime | None:
    """The files name no zone: taken for UTC."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) if text else None


def _steps(order: Row) -> list[tuple[str, datetime]]:
    """Statuses and their times; none is dated before the one ahead of it."""
    dated = (("CREATED", PURCHASE), ("PAID", APPROVAL), ("SHIPPED", CARRIER), ("DELIVERED", CUSTOMER))
    steps: list[tuple[str, datetime]] = []
    for status, column in dated:
        at = _time(order[column])
        if at is not None:
            steps.append((status, max(at, steps[-1][1]) if steps else at))
    if not steps or steps[0][0] != "CREATED":
        raise ValueError(f"{PURCHASE} is empty")
    reached = REACHED.get(order["order_status"])
    if reached and reached not in dict(steps):
        steps.append((reached, steps[-1][1]))
    return steps


def _order_messages(order: Row, items: list[Row]) -> Iterator[Message]:
    total = sum((_amount(row["price"]) + _amount(row["freight_value"]) for row in items), Decimal(0))
    content: list[Json] = list(_items(items))
    for status, at in _steps(order):
        fields: Fields = {
            "event_id": f"{order['order_id']}-{status.lower()}",
            "order_id": order["order_id"],
            "user_id": order["customer_id"],
            "status": status,
            "currency": CURRENCY,
            "total_amount": _number(total),
            "items": content,
        }
        yield _message("orders", at, fields)


def _items(rows: list[Row]) -> Iterator[Fields]:
    """One item a product and price: the files have one row a piece."""
    pieces: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        pieces[row["product_id"], row["price"]] += 1
    for (product, price), quantity in pieces.items():
        yield {
            "product_id": product,
            "product_name": product,
            "category": "unknown",
            "quantity": quantity,
            "unit_price": _number(_amount(price)),
        }


def _payment_messages(order: Row, payments: list[Row]) -> Iterator[Message]:
    approval, purchase = _time(order[APPROVAL]), _time(order[PURCHASE])
    status = "AUTHORIZED" if approval is None and order["order_status"] in NEVER_PAID else "CAPTURED"
    at = approval or purchase
    assert at is not None  # _steps has seen to it
    for row in sorted(payments, key=lambda row: int(row["payment_sequential"])):
        payment_id = f"{order['order_id']}-{row['payment_sequential']}"
        fields: Fields = {
            "event_id": f"{payment_id}-{status.lower()}",
            "payment_id": payment_id,
            "order_id": order["order_id"],
            "amount_cents": int(_amount(row["payment_value"]) * 100),
            "currency": CURRENCY,
            "status": status,
            "method": row["payment_type"],
        }
        yield _message("payments", at, fields)


def _message(subject: str, at: datetime, fields: Fields) -> Message:
    fields["event_ts"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return Message(
        subject,
        str(fields["order_id"]),
        encode(fields),
        at,
        event_id=str(fields["event_id"]),
        fields=fields,
        kind="olist",
    )


def _amount(text: str) -> Decimal:
    amount = Decimal(text)
    if not amount.is_finite() or amount < 0 or amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"{text!r}")
    return amount


def _number(amount: Decimal) -> Number:
    return Number(format(amount.quantize(Decimal("0.01")), "f"))
