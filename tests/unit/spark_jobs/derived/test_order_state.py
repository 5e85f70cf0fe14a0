"""The order state on inline rows: one aggregation of the two clean tables."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from ecom.base.settings import ROOT
from ecom.contracts.loader import load_contracts
from ecom.lake import tables
from spark_jobs.derived.order_state import order_state
from spark_jobs.tables import struct

CONTRACTS = load_contracts(ROOT / "contracts")
NOON = "2026-02-03T12:00:00+00:00"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def order(event_ts: str, offset: int, total: str = "10", status: str = "CREATED", **more: Any) -> dict[str, Any]:
    common = {"event_id": f"o{offset}", "order_id": "A", "user_id": "u", "items": [], "currency": "USD"}
    return common | _placed(event_ts, offset) | {"total_amount": Decimal(total), "status": status} | more


def payment(event_ts: str, offset: int, amount: str, status: str = "CAPTURED", **more: Any) -> dict[str, Any]:
    common = {"event_id": f"p{offset}", "payment_id": "x", "order_id": "A", "currency": "USD", "method": None}
    return common | _placed(event_ts, offset) | {"amount": Decimal(amount), "status": status} | more


def _placed(event_ts: str, offset: int) -> dict[str, Any]:
    at = moment(event_ts)
    return {"event_ts": at, "event_date": at.date(), "topic": "t", "partition": 0, "offset": offset, "ingest_ts": at}


def state(spark: SparkSession, orders: list[dict[str, Any]], payments: list[dict[str, Any]]) -> Row:
    rows = order_state(
        spark.createDataFrame(orders, struct(tables.clean(CONTRACTS["orders"]))),
        spark.createDataFrame(payments, struct(tables.clean(CONTRACTS["payments"]))),
    ).collect()
    assert len(rows) == 1
    return rows[0]


def utc(value: datetime) -> datetime:
    """Spark hands out local time without a zone."""
    return value.astimezone(UTC)


def test_the_fields_are_those_of_the_latest_event_and_the_time_is_the_earliest_ones(spark: SparkSession) -> None:
    found = state(spark, [order("2026-02-03T12:05:00+00:00", 1, "20", "PAID"), order(NOON, 2)], [])
    assert (found.status, found.total_amount) == ("PAID", Decimal("20.0000"))
    assert utc(found.order_ts) == moment(NOON)
    assert found.event_count == 2


def test_at_the_same_instant_the_higher_offset_is_later(spark: SparkSession) -> None:
    found = state(spark, [order(NOON, 7, status="CANCELLED"), order(NOON, 6, status="PAID")], [])
    assert found.status == "CANCELLED"


def test_the_minute_is_cut_and_never_rounded(spark: SparkSession) -> None:
    found = state(spark, [order("2026-02-28T23:59:59.999600+00:00", 1)], [])
    assert utc(found.order_minute) == moment("2026-02-28T23:59:00+00:00")
    assert found.order_month == date(2026, 2, 1)


def test_captures_and_refunds_are_summed_apart_and_other_statuses_count_for_nothing(spark: SparkSession) -> None:
    payments = [
        payment(NOON, 1, "10.0001"),
        payment(NOON, 2, "0.3333"),
        payment(NOON, 3, "4", "REFUNDED"),
        payment(NOON, 4, "99", "AUTHORIZED"),
        payment(NOON, 5, "99", "FAILED"),
    ]
    found = state(spark, [order(NOON, 1)], payments)
    assert (found.paid_amount, found.refunded_amount) == (Decimal("10.3334"), Decimal("4.0000"))


def test_a_payment_in_another_currency_never_counts_but_is_counted_as_such(spark: SparkSession) -> None:
    found = state(spark, [order(NOON, 1)], [payment(NOON, 1, "10", currency="EUR")])
    assert found.paid_amount == 0
    assert found.other_currency_payments == 1


def test_a_payment_re_stamped_across_midnight_counts_once(spark: SparkSession) -> None:
    copies = [
        payment("2026-02-03T23:59:59+00:00", 1, "10"),
        payment("2026-02-04T00:00:01+00:00", 2, "10", event_id="p1"),
    ]
    found = state(spark, [order(NOON, 1)], copies)
    assert found.paid_amount == 10
    assert found.event_count == 3


def test_an_order_known_only_by_its_payment_has_no_fields_and_lies_in_the_payments_month(spark: SparkSession) -> None:
    found = state(spark, [], [payment("2026-01-31T00:00:00+00:00", 1, "10")])
    assert (found.status, found.currency, found.order_ts, found.order_minute) == (None, None, None, None)
    assert (found.paid_amount, found.other_currency_payments) == (0, 0)
    assert found.order_month == date(2026, 1, 1)


def test_an_order_without_payments_is_paid_nothing(spark: SparkSession) -> None:
    found = state(spark, [order(NOON, 1, total="0")], [])
    assert (found.paid_amount, found.refunded_amount, found.last_payment_ts) == (0, 0, None)


def test_the_months_of_all_events_are_known(spark: SparkSession) -> None:
    found = state(spark, [order("2026-01-31T23:59:00+00:00", 1)], [payment("2026-02-01T00:01:00+00:00", 1, "10")])
    assert sorted(found.event_months) == [date(2026, 1, 1), date(2026, 2, 1)]


@pytest.mark.parametrize("amount", ["1000000000000", "0.0001"])
def test_amounts_at_the_bounds_are_exact(amount: str, spark: SparkSession) -> None:
    found = state(spark, [order(NOON, 1, total=amount)], [payment(NOON, n, amount) for n in range(3)])
    assert found.paid_amount == 3 * Decimal(amount)


def test_of_equal_moments_in_several_partitions_the_last_state_is_not_certain(spark: SparkSession) -> None:
    same = [order(NOON, 1, status="PAID"), order(NOON, 2, status="CANCELLED", partition=1)]
    assert state(spark, same, []).is_uncertain is True
    assert state(spark, [same[0], order(NOON, 2)], []).is_uncertain is False
    later = order("2026-02-03T12:00:01+00:00", 3, status="SHIPPED")
    assert state(spark, [*same, later], []).is_uncertain is False


def test_a_movement_told_twice_under_two_ids_counts_twice_and_is_told(spark: SparkSession) -> None:
    movements = [payment(NOON, 2, "5"), payment("2026-02-03T12:00:01+00:00", 3, "5"), payment(NOON, 4, "5", "REFUNDED")]
    found = state(spark, [order(NOON, 1)], movements)
    assert (found.repeated_movements, found.paid_amount, found.refunded_amount) == (1, 10, 5)
    assert state(spark, [order(NOON, 1)], [movements[0], payment(NOON, 5, "5", "FAILED")]).repeated_movements == 0


def test_further_members_of_items_are_left_out(spark: SparkSession) -> None:
    orders = spark.createDataFrame([order(NOON, 1)], struct(tables.clean(CONTRACTS["orders"])))
    wider = orders.withColumn("items", F.expr("array(named_struct('quantity', 2L, 'color', 'red'))"))
    payments = spark.createDataFrame([], struct(tables.clean(CONTRACTS["payments"])))
    (item,) = order_state(wider, payments).collect()[0]["items"]
    assert (item.quantity, item.product_id, len(item)) == (2, None, 5)
