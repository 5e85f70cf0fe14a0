"""The table of Sales, and what the chart's caption says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from dashboard.sales_window import Point, Sales, Window
from dashboard.settling import Settling
from dashboard.views.sales import _caption, _in_words, as_table

AT = datetime(2026, 1, 31, 10, tzinfo=UTC)
SHOWN = Window(AT, AT + timedelta(hours=1), timedelta(minutes=1))
SETTLES = Settling(timedelta(minutes=4), None)


def point(minute: int, gmv: str, orders: int = 1) -> Point:
    return Point(AT + timedelta(minutes=minute), Decimal(gmv), Decimal(gmv), orders)


POINTS = [point(0, "10.0000"), point(1, "0", 0), point(2, "12.5000", 3)]


def test_only_points_with_a_sale_are_listed_the_newest_first() -> None:
    found = as_table(POINTS, "USD").to_pylist()
    assert [row["From (UTC)"] for row in found] == ["2026-01-31 10:02", "2026-01-31 10:00"]
    assert [row["Paid orders"] for row in found] == [3, 1]


def test_amounts_are_decimals_with_the_currency_s_digits() -> None:
    table = as_table(POINTS, "USD")
    assert table["GMV, USD"].to_pylist() == [Decimal("12.50"), Decimal("10.00")]
    assert table["Average order value, USD"].to_pylist() == [Decimal("4.17"), Decimal("10.00")]
    assert table.schema.field("GMV, USD").type == pa.decimal128(38, 2)
    assert as_table([point(0, "10.0000")], "JPY").schema.field("GMV, JPY").type == pa.decimal128(38, 0)


def test_a_figure_with_more_digits_than_its_currency_keeps_them() -> None:
    assert as_table([point(0, "1.2345")], "USD")["GMV, USD"].to_pylist() == [Decimal("1.2345")]


def test_without_a_sale_the_table_is_empty_and_has_its_columns() -> None:
    assert as_table([point(0, "0", 0)], "USD").num_rows == 0
    assert "Net sales, USD" in as_table([], "USD").column_names


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (60, "Nothing here is likely to change."),
        (30, "since 2026-01-31 10:30 UTC: still filling. 95 % of the orders have their last payment within 4 min"),
    ],
)
def test_the_caption_says_from_when_on_figures_may_change(minutes: int, says: str) -> None:
    caption = _caption(SHOWN, SETTLES, AT + timedelta(minutes=minutes))
    assert caption.startswith("A point each minute (UTC).") and says in caption


def test_the_chart_in_words_names_its_highest_point() -> None:
    words = _in_words(Sales(POINTS[0], POINTS[1], POINTS), SHOWN, "USD")
    assert "GMV is highest at 2026-01-31 10:02 UTC with 12.50 USD" in words
    assert "from 2026-01-31 10:00 UTC to 2026-01-31 11:00 UTC" in words
