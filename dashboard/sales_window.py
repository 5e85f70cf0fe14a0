"""The window that Sales shows, and the one query that answers all of it. No I/O here."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

MINUTE = timedelta(minutes=1)
# As the URL and the picker name them.
LENGTHS = {
    "1h": timedelta(hours=1),
    "6h": timedelta(hours=6),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "365d": timedelta(days=365),
}
DEFAULT = "6h"
MAX_POINTS = 1500  # more than a screen has columns for
BUCKETS = {
    MINUTE: "minute",
    timedelta(minutes=5): "5 minutes",
    timedelta(minutes=10): "10 minutes",
    timedelta(minutes=30): "30 minutes",
    timedelta(hours=1): "hour",
    timedelta(hours=6): "6 hours",
    timedelta(days=1): "day",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_WITHIN = """
    currency = ?
    and minute_bucket >= cast(? as timestamp(3) with time zone)
    and minute_bucket < cast(? as timestamp(3) with time zone)
"""
# One scan for all: totals of this window and of the one before, and the points of this one. In no order, which would
# cost Trino two stages more.
SQL = f"""
with sales as (
    select
        minute_bucket >= cast(? as timestamp(3) with time zone) as is_current,
        if(minute_bucket >= cast(? as timestamp(3) with time zone), to_unixtime(minute_bucket)) as seconds,
        gmv, net_sales, paid_orders
    from gold.fct_sales_minute
    where {_WITHIN}
),
points as (
    select is_current, cast(floor(seconds / {{bucket}}) as bigint) as number, gmv, net_sales, paid_orders
    from sales
)
select is_current, number, grouping(number) = 1 as is_total, sum(gmv), sum(net_sales), sum(paid_orders)
from points
group by grouping sets ((is_current), (is_current, number))
"""
MINUTES = f"""
select minute_bucket, currency, gmv, refunded_amount, net_sales, paid_orders
from gold.fct_sales_minute
where {_WITHIN}
order by minute_bucket
"""


@dataclass(frozen=True)
class Window:
    """The time that the chart shows: from `start` up to, not including, `end`, one point for each `bucket`."""

    start: datetime
    end: datetime
    bucket: timedelta

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def before(self) -> datetime:
        """Start of the previous window: as long as this one, it ends where this one starts."""
        return self.start - self.length

    @property
    def sql(self) -> str:
        return SQL.format(bucket=int(self.bucket.total_seconds()))

    def params(self, currency: str) -> tuple[Any, ...]:
        return self.start, self.start, currency, self.before, self.end


@dataclass(frozen=True)
class Point:
    """Sums of one bucket, or of a whole window (then `at` is its start)."""

    at: datetime
    gmv: Decimal
    net_sales: Decimal
    paid_orders: int

    @property
    def average(self) -> Decimal | None:
        return self.gmv / self.paid_orders if self.paid_orders else None


@dataclass(frozen=True)
class Sales:
    current: Point
    previous: Point
    points: list[Point]  # of each bucket in the window, without a sale too


def window(length: timedelta, until: datetime | None, now: datetime) -> Window:
    """The window of this length that ends at `until`, or, where that is None, with the minute of `now`.

    Its buckets are the smallest of BUCKETS that give at most MAX_POINTS points.
    """
    end = until or now.replace(second=0, microsecond=0) + MINUTE
    bucket = next((size for size in BUCKETS if length / size <= MAX_POINTS), timedelta(days=1))
    return Window(end - length, end, bucket)


def sales(shown: Window, rows: list[tuple[Any, ...]]) -> Sales:
    """Totals and points of the window `shown`, from the `rows` that its SQL returned; a bucket without sales is 0."""
    totals = {row[0]: row[3:] for row in rows if row[2]}
    found = {row[1]: row[3:] for row in rows if row[0] and not row[2]}
    nothing = (Decimal(0), Decimal(0), 0)
    seconds = shown.bucket.total_seconds()
    first, last = (int((at - EPOCH).total_seconds() // seconds) for at in (shown.start, shown.end - MINUTE))
    points = [Point(EPOCH + number * shown.bucket, *found.get(number, nothing)) for number in range(first, last + 1)]
    return Sales(
        Point(shown.start, *totals.get(True, nothing)), Point(shown.before, *totals.get(False, nothing)), points
    )
