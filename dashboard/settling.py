"""Which minutes are still likely to change: those whose orders are still being paid or refunded, and those that Gold
has not seen to their end.

How long that takes is taken from the orders themselves: of those of the week before, nineteen in twenty had their last
payment within so long of being placed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.lake import ask
from ecom.base.errors import EcomError
from ecom.lake.trino import is_missing_table

SQL = """
select approx_percentile(date_diff('second', order_ts, last_payment_ts), 0.95)
from silver.order_state
where
    order_month >= cast(? as date)
    and order_ts >= cast(? as timestamp(3) with time zone)
    and order_ts < cast(? as timestamp(3) with time zone)
"""
LOOKS_BACK = timedelta(days=7)
SLOW_S = 600.0  # it changes slowly, and is dear on a long history
UNKNOWN = timedelta(minutes=15)  # where no order was paid in that week
LEAST = timedelta(minutes=2)


@dataclass(frozen=True)
class Settling:
    """Minutes before `final_before` are unlikely to change. `takes` is how long payments take."""

    takes: timedelta
    built: datetime | None

    def final_before(self, now: datetime) -> datetime:
        return min(now, self.built or now) - self.takes


def takes(until: datetime) -> timedelta:
    """Of the orders of the week before `until`, which is rounded so that sessions share the answer."""
    end = until.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    start = end - LOOKS_BACK
    try:
        seconds = ask(SQL, (start.date().replace(day=1).isoformat(), start, end), at_most=SLOW_S).scalar()
    except EcomError as error:
        if is_missing_table(error):
            return UNKNOWN
        raise
    return UNKNOWN if seconds is None else max(timedelta(seconds=max(seconds, 0)), LEAST)
