"""Olist's CSV files as events: inline rows, and the real files where they are."""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import ROOT
from generator.message import Message
from generator.olist import ITEMS, ORDERS, PAYMENTS, read_olist
from oracle import Record, read_datasets, recompute

ORDERS_HEADER = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
    "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
)
ITEMS_HEADER = "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value\n"
PAYMENTS_HEADER = "order_id,payment_sequential,payment_type,payment_installments,payment_value\n"
DELIVERED = "a,c,delivered,2017-01-01 10:00:59,2017-01-01 11:00:00,2017-01-02 00:00:00,2017-01-03 00:00:00,\n"
BOUGHT = "2017-01-01 10:00:00"


def write(folder: Path, orders: str, items: str = "", payments: str = "") -> Path:
    (folder / ORDERS).write_text(ORDERS_HEADER + orders)
    (folder / ITEMS).write_text(ITEMS_HEADER + items)
    (folder / PAYMENTS).write_text(PAYMENTS_HEADER + payments)
    return folder


def times_of(messages: list[Message]) -> list[tuple[str, str]]:
    fields = [json.loads(message.value or b"") for message in messages]
    return [(event["status"], event["event_ts"]) for event in fields]


def test_a_delivered_order_has_four_events_and_its_payment_at_approval(tmp_path: Path) -> None:
    items = "a,1,p,s,,10.5,1.25\na,2,p,s,,10.5,1.25\na,3,q,s,,1,0\n"
    messages = read_olist(write(tmp_path, DELIVERED, items, "a,1,credit_card,8,24.5\n")).messages
    assert times_of(messages) == [
        ("CREATED", "2017-01-01T10:00:59Z"),
        ("PAID", "2017-01-01T11:00:00Z"),
        ("CAPTURED", "2017-01-01T11:00:00Z"),
        ("SHIPPED", "2017-01-02T00:00:00Z"),
        ("DELIVERED", "2017-01-03T00:00:00Z"),
    ]
    order = json.loads(messages[0].value or b"", parse_float=str)
    assert (order["total_amount"], order["currency"], order["user_id"]) == ("24.50", "BRL", "c")
    assert [(i["product_id"], i["quantity"], i["unit_price"]) for i in order["items"]] == [
        ("p", 2, "10.50"),
        ("q", 1, "1.00"),
    ]
    assert json.loads(messages[2].value or b"")["amount_cents"] == 2450


@pytest.mark.parametrize(
    ("status", "dates", "last", "payment"),
    [
        ("created", f"{BOUGHT},,,", ("CREATED", "2017-01-01T10:00:00Z"), "AUTHORIZED"),
        ("canceled", f"{BOUGHT},,,", ("CANCELLED", "2017-01-01T10:00:00Z"), "AUTHORIZED"),
        ("canceled", f"{BOUGHT},2017-01-02 00:00:00,,", ("CANCELLED", "2017-01-02T00:00:00Z"), "CAPTURED"),
        ("unavailable", f"{BOUGHT},2017-01-02 00:00:00,,", ("PAID", "2017-01-02T00:00:00Z"), "CAPTURED"),
        ("delivered", f"{BOUGHT},,,2017-01-03 00:00:00", ("DELIVERED", "2017-01-03T00:00:00Z"), "CAPTURED"),
        ("delivered", f"{BOUGHT},2017-01-02 00:00:00,,", ("DELIVERED", "2017-01-02T00:00:00Z"), "CAPTURED"),
        (
            "shipped",
            f"{BOUGHT},2017-01-02 00:00:00,2017-01-01 12:00:00,",
            ("SHIPPED", "2017-01-02T00:00:00Z"),
            "CAPTURED",
        ),
    ],
)
def test_missing_and_misplaced_dates(
    tmp_path: Path, status: str, dates: str, last: tuple[str, str], payment: str
) -> None:
    messages = read_olist(write(tmp_path, f"a,c,{status},{dates},\n", payments="a,1,boleto,1,5.00\n")).messages
    assert times_of([m for m in messages if m.subject == "orders"])[-1] == last
    assert times_of([m for m in messages if m.subject == "payments"])[0][0] == payment
    assert json.loads(messages[0].value or b"")["total_amount"] == 0  # no items


def test_rows_of_unknown_orders_are_counted(tmp_path: Path) -> None:
    assert read_olist(write(tmp_path, DELIVERED, "z,1,p,s,,1,1\n", "z,1,voucher,1,5\n")).left_out == 2


@pytest.mark.parametrize(
    ("orders", "items"),
    [(DELIVERED.replace("2017-01-01 11", "yesterday"), ""), (DELIVERED, "a,1,p,s,,ten,1\n"), ("a,c\n", "")],
)
def test_a_value_that_cannot_be_is_a_sentence(tmp_path: Path, orders: str, items: str) -> None:
    with pytest.raises(EcomError) as refused:
        read_olist(write(tmp_path, orders, items))
    assert refused.value.code is ExitCode.USAGE


def test_a_missing_file_and_a_missing_column_are_named(tmp_path: Path) -> None:
    with pytest.raises(EcomError, match=ORDERS):
        read_olist(tmp_path)
    write(tmp_path, DELIVERED)
    (tmp_path / ITEMS).write_text("order_id,price\n")
    with pytest.raises(EcomError, match="order_item_id"):
        read_olist(tmp_path)


def test_the_real_files_are_clean_messages_in_event_order() -> None:
    folder = Path(os.environ.get("ECOM_OLIST_DIR", ROOT / "../shared/data/olist"))
    if not (folder / ORDERS).exists():
        pytest.skip(f"no Olist data in {folder} (ECOM_OLIST_DIR)")
    messages = read_olist(folder).messages
    assert [m.event_ts for m in messages] == sorted(m.event_ts for m in messages)
    now = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
    records = [Record(m.subject, m.subject, 0, n, now, m.key.encode(), m.value) for n, m in enumerate(messages)]
    answer = recompute(records, read_datasets(ROOT / "contracts"))
    assert {verdict.kind for verdict in answer.verdicts.values()} == {"clean"}
    totals = {m.key: Decimal(str((m.fields or {})["total_amount"])) for m in messages if m.subject == "orders"}
    assert sum(row.gmv for row in answer.gold.values()) <= sum(totals.values())
    assert answer.gold
