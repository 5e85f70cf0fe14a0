"""The window of Sales, its buckets, and what becomes of Trino's rows."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from dashboard.sales_window import BUCKETS, LENGTHS, MAX_POINTS, sales, window

NOW = datetime(2026, 1, 31, 10, 2, 30, tzinfo=UTC)


def test_it_ends_with_the_minute_that_runs() -> None:
    found = window(timedelta(hours=1), None, NOW)
    assert (found.start, found.end) == (
        datetime(2026, 1, 31, 9, 3, tzinfo=UTC),
        datetime(2026, 1, 31, 10, 3, tzinfo=UTC),
    )
    assert found.before == datetime(2026, 1, 31, 8, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "bucket"),
    [
        ("1h", "minute"),
        ("6h", "minute"),
        ("24h", "minute"),
        ("7d", "10 minutes"),
        ("30d", "30 minutes"),
        ("365d", "6 hours"),
    ],
)
def test_a_longer_window_has_coarser_points(name: str, bucket: str) -> None:
    found = window(LENGTHS[name], None, NOW)
    assert BUCKETS[found.bucket] == bucket
    assert found.length / found.bucket <= MAX_POINTS


def test_a_minute_without_sales_is_a_point_of_nothing() -> None:
    shown = window(timedelta(minutes=3), datetime(2026, 1, 31, 10, 3, tzinfo=UTC), NOW)
    minute = int(datetime(2026, 1, 31, 10, 1, tzinfo=UTC).timestamp()) // 60
    rows = [
        (True, minute, False, Decimal("10.00"), Decimal("9.00"), 2),
        (True, None, True, Decimal("10.00"), Decimal("9.00"), 2),
        (False, None, True, Decimal("5.00"), Decimal("5.00"), 1),
        (False, None, False, Decimal("5.00"), Decimal("5.00"), 1),  # the window before is not drawn
    ]
    found = sales(shown, rows)
    assert [(f"{p.at:%H:%M}", p.gmv, p.paid_orders) for p in found.points] == [
        ("10:00", 0, 0),
        ("10:01", Decimal("10.00"), 2),
        ("10:02", 0, 0),
    ]
    assert found.current.average == Decimal("5.00") and found.previous.gmv == Decimal("5.00")


def test_nothing_sold_is_zero_and_has_no_average() -> None:
    found = sales(window(timedelta(hours=1), None, NOW), [])
    assert found.current.gmv == 0 and found.current.paid_orders == 0 and found.current.average is None
    assert len(found.points) == 60
