"""The state of each order: one aggregation over the two clean tables, the same as a stream and as a batch."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ecom.lake.tables import MONEY_SUM

_ORDER_FIELDS = ("user_id", "status", "currency", "total_amount", "items")
_PAYMENT_FIELDS = ("event_id", "currency", "status", "amount")
_ORDERING = ("event_ts", "offset", "partition")


def order_state(orders: DataFrame, payments: DataFrame) -> DataFrame:
    """`orders_clean` and `payments_clean` to one row an order (`silver.order_state` without `updated_ts`, plus
    `event_months`, the months of all its events). The order's fields are null while only payments are known."""
    return _events(orders, payments).transform(_by_order).transform(_totals).transform(_placed)


def _events(orders: DataFrame, payments: DataFrame) -> DataFrame:
    order = F.struct(*_ORDERING, *_ORDER_FIELDS).alias("order")
    payment = F.struct(*_ORDERING, *_PAYMENT_FIELDS).alias("payment")
    return orders.select("order_id", "event_ts", order).unionByName(
        payments.select("order_id", "event_ts", payment), allowMissingColumns=True
    )


def _by_order(events: DataFrame) -> DataFrame:
    return events.groupBy("order_id").agg(
        F.max("order").alias("latest"),
        F.min(F.when(F.col("order").isNotNull(), F.col("event_ts"))).alias("order_ts"),
        F.collect_list("payment").alias("payments"),
        F.collect_set(F.trunc("event_ts", "month")).alias("event_months"),
        F.max("event_ts").alias("event_ts"),
        F.count("*").alias("event_count"),
    )


def _totals(orders: DataFrame) -> DataFrame:
    once = each_event_once(F.col("payments"))
    counted = F.filter("payments", lambda p: p.status.isin("CAPTURED", "REFUNDED"))
    other = F.filter(counted, lambda p: p.currency != F.col("latest.currency"))
    return orders.withColumn("payments", once).select(
        "order_id",
        *(F.col(f"latest.{name}").alias(name) for name in _ORDER_FIELDS),
        "order_ts",
        _sum_of("CAPTURED").alias("paid_amount"),
        _sum_of("REFUNDED").alias("refunded_amount"),
        F.when(F.col("latest").isNull(), 0).otherwise(F.size(other)).cast("bigint").alias("other_currency_payments"),
        F.array_min(F.transform("payments", lambda p: p.event_ts)).alias("first_payment_ts"),
        F.array_max(F.transform("payments", lambda p: p.event_ts)).alias("last_payment_ts"),
        "event_ts",
        "event_count",
        "event_months",
    )


def each_event_once(payments: Column) -> Column:
    """The earliest copy of each `event_id`: a producer may have re-stamped a retry."""
    ordered = F.array_sort(payments)
    ids = F.array_distinct(F.transform(ordered, lambda p: p.event_id))
    first = F.transform(ids, lambda event_id: F.filter(ordered, lambda p: p.event_id == event_id)[0])
    return F.when(F.size(ids) == F.size(payments), ordered).otherwise(first)


def _sum_of(status: str) -> Column:
    """Σ amount of the payments with this status in the order's own currency; 0 where there are none."""
    counts = F.filter("payments", lambda p: (p.status == status) & (p.currency == F.col("latest.currency")))
    zero = F.lit(0).cast(MONEY_SUM)
    return F.aggregate(counts, zero, lambda total, p: (total + p.amount).cast(MONEY_SUM))


def _placed(orders: DataFrame) -> DataFrame:
    """Minute and month are truncated here, in UTC: Trino rounds microseconds."""
    month = F.trunc(F.coalesce("order_ts", "first_payment_ts"), "month")
    return (
        orders.withColumn("order_minute", F.date_trunc("minute", "order_ts"))
        .withColumn("order_month", month)
        .drop("first_payment_ts")
    )
