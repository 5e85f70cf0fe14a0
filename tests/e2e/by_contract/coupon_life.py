"""The life of each coupon: a toy derived table, made by this file alone."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from ecom.contracts.model import MONEY
from ecom.lake.tables import CHANGES, Table
from spark_jobs.derived import Derived

NEEDED = ("coupon_id", "state", "currency", "amount", "event_ts")


def coupon_life(coupons: DataFrame) -> DataFrame:
    """`coupons_clean` to a row a coupon: its last step, and how many it had. A deletion is no step."""
    steps = coupons.where("not coalesce(is_deleted, false)")
    last = F.max(F.struct("event_ts", "offset", "partition", *NEEDED[1:4])).alias("last")
    return (
        steps.groupBy("coupon_id")
        .agg(last, F.count("*").alias("steps"))
        .select(
            "coupon_id",
            *(F.col(f"last.{name}").alias(name) for name in NEEDED[1:4]),
            F.to_date("last.event_ts").alias("last_day"),
            "steps",
        )
    )


DERIVED = Derived(
    table=Table(
        "silver",
        "coupon_life",
        f"coupon_id string, state string, currency string, amount {MONEY}, last_day date, steps bigint, "
        "updated_ts timestamp",
        properties=CHANGES,
    ),
    reads=("coupons",),
    needs={"coupons": frozenset(NEEDED)},
    rows=coupon_life,
    key="coupon_id",
    count="steps",
)
