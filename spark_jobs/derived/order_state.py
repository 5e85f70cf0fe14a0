"""The state of each order: one aggregation over the two clean tables, the same as a stream and as a batch.

docs/numbers.md says what each column means.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, StructType

from ecom.contracts.model import MONEY
from ecom.lake.tables import CHANGES, MONEY_SUM, Table
from spark_jobs.derived import Derived

_ORDER_FIELDS = ("user_id", "status", "currency", "total_amount", "items")
_PAYMENT_FIELDS = ("event_id", "currency", "status", "amount", "payment_id")
_ORDERING = ("event_ts", "offset", "partition")
_ITEMS = (
    f"array<struct<product_id: string, product_name: string, category: string, quantity: bigint, unit_price: {MONEY}>>"
)
_COLUMNS = (
    f"order_id string, user_id string, status string, currency string, total_amount {MONEY}, items {_ITEMS}, "
    f"order_ts timestamp, order_minute timestamp, paid_amount {MONEY_SUM}, refunded_amount {MONEY_SUM}, "
    "other_currency_payments bigint, last_payment_ts timestamp, event_ts timestamp, event_count bigint, "
    "updated_ts timestamp, order_month date, repeated_movements bigint, is_uncertain boolean"
)
_ENRICHED = """
select
    order_id,
    user_id,
    status,
    total_amount,
    paid_amount,
    refunded_amount,
    currency,
    paid_amount >= total_amount as fully_paid,
    order_ts,
    last_payment_ts,
    event_ts,
    updated_ts
from delta.silver.order_state
where order_ts is not null
"""


def order_state(orders: DataFrame, payments: DataFrame) -> DataFrame:
    """`orders_clean` and `payments_clean` to one row an order (`silver.order_state` without `updated_ts`, plus
    `event_months`, the months of all its events). The order's fields are null while only payments are known."""
    return _events(orders, payments).transform(_by_order).transform(_totals).transform(_placed)


def _events(orders: DataFrame, payments: DataFrame) -> DataFrame:
    orders = orders.withColumn("items", _items(orders))
    order = F.struct(*_ORDERING, *_ORDER_FIELDS).alias("order")
    payment = F.struct(*_ORDERING, *_PAYMENT_FIELDS).alias("payment")
    return orders.select("order_id", "event_ts", "partition", order).unionByName(
        payments.select("order_id", "event_ts", payment), allowMissingColumns=True
    )


def _items(orders: DataFrame) -> Column:
    """The members that the state keeps, whatever others the contract has."""
    kept, given = _members_of(StructType.fromDDL(f"items {_ITEMS}")), _members_of(orders.schema)
    there = given.fieldNames()
    return F.transform(
        "items",
        lambda item: F.struct(
            *(
                (item[member.name] if member.name in there else F.lit(None)).cast(member.dataType).alias(member.name)
                for member in kept.fields
            )
        ),
    )


def _members_of(schema: DataType) -> StructType:
    """Of the items of a schema that has them."""
    items = schema["items"].dataType if isinstance(schema, StructType) else None
    members = items.elementType if isinstance(items, ArrayType) else None
    return members if isinstance(members, StructType) else StructType()


def _by_order(events: DataFrame) -> DataFrame:
    is_order = F.col("order").isNotNull()
    return events.groupBy("order_id").agg(
        F.max("order").alias("latest"),
        F.min(F.when(is_order, F.col("event_ts"))).alias("order_ts"),
        F.collect_list("payment").alias("payments"),
        F.collect_set(F.when(is_order, F.struct("event_ts", "partition"))).alias("moments"),
        F.collect_set(F.trunc("event_ts", "month")).alias("event_months"),
        F.max("event_ts").alias("event_ts"),
        F.count("*").alias("event_count"),
    )


def _totals(orders: DataFrame) -> DataFrame:
    once = each_event_once(F.col("payments"))
    moved = F.filter("payments", lambda p: p.status.isin("CAPTURED", "REFUNDED"))
    other = F.filter(moved, lambda p: p.currency != F.col("latest.currency"))
    last = F.filter("moments", lambda moment: moment.event_ts == F.col("latest.event_ts"))
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
        _repeated(moved).alias("repeated_movements"),
        # Of events at one moment in several partitions no one knows which was last.
        (F.size(last) > 1).alias("is_uncertain"),
    )


def each_event_once(payments: Column) -> Column:
    """The earliest copy of each `event_id`: a producer may have re-stamped a retry."""
    ordered = F.array_sort(payments)
    ids = F.array_distinct(F.transform(ordered, lambda p: p.event_id))
    first = F.transform(ids, lambda event_id: F.filter(ordered, lambda p: p.event_id == event_id)[0])
    return F.when(F.size(ids) == F.size(payments), ordered).otherwise(first)


def _repeated(moved: Column) -> Column:
    """How many movements equal an earlier one of the same payment in status and amount."""
    movements = F.transform(moved, lambda p: F.struct(p.payment_id, p.status, p.amount))
    return (F.size(movements) - F.size(F.array_distinct(movements))).cast("bigint")


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


DERIVED = Derived(
    table=Table("silver", "order_state", _COLUMNS, ("order_month",), CHANGES),
    reads=("orders", "payments"),
    needs={
        "orders": frozenset({"order_id", "event_ts", *_ORDER_FIELDS}),
        "payments": frozenset({"order_id", "event_ts", *_PAYMENT_FIELDS}),
    },
    rows=order_state,
    key="order_id",
    count="event_count",
    months="event_months",
    views={"silver.order_payments_enriched": _ENRICHED},
    revision=2,
    job_name="silver_enrich",
)
