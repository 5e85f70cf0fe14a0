"""Gold as it is against Gold as it must be: one cent, one minute, one row is found."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from oracle.compare import COLUMNS, Difference, compare
from oracle.records import GoldRow, Oracle

MINUTE, NEXT = datetime(2026, 1, 31, 10, 0, tzinfo=UTC), datetime(2026, 1, 31, 10, 1, tzinfo=UTC)
EXPECTED = Oracle(gold={(MINUTE, "USD"): GoldRow(Decimal("12.50"), Decimal(0), Decimal("12.50"), 1)})
ROW: tuple[Any, ...] = (MINUTE, "USD", Decimal("12.5000"), Decimal("0.0000"), Decimal("12.5000"), 1)


def columns(*rows: Any) -> list[tuple[str, Any, Any]]:
    return [(one.column, one.expected, one.found) for one in compare(rows, EXPECTED)]


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        dict(zip(COLUMNS, ROW, strict=True)),
        ("2026-01-31 10:00:00.000 UTC", "USD", "12.50", "0", "12.5", "1"),
        (datetime(2026, 1, 31, 10, 0), *ROW[1:]),
    ],
)
def test_equal_rows_have_no_difference_however_they_are_written(row: Any) -> None:
    assert columns(row) == []


def test_a_cent_in_one_column_is_found_there() -> None:
    assert columns((*ROW[:2], Decimal("12.51"), *ROW[3:])) == [("gmv", Decimal("12.50"), Decimal("12.51"))]
    assert columns((*ROW[:5], 2)) == [("paid_orders", 1, 2)]


def test_a_row_that_is_missing_too_many_or_twice_is_found() -> None:
    assert [column for column, _, found in columns() if found is None] == ["row"]
    assert [expected for _, expected, _ in columns(ROW, (NEXT, *ROW[1:]))] == [None]
    assert columns(ROW, ROW) == [("row", "one", "more than one")]


def test_differences_come_by_minute_and_currency_and_read_as_a_sentence() -> None:
    found = compare([(NEXT, *ROW[1:]), (MINUTE, "EUR", *ROW[2:]), ROW], EXPECTED)
    assert [(one.minute_bucket, one.currency) for one in found] == [(MINUTE, "EUR"), (NEXT, "USD")]
    assert str(Difference(MINUTE, "USD", "gmv", 1, 2)) == "2026-01-31 10:00 USD gmv: oracle 1, Gold 2"


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="is a float: read decimals"):
        compare([(*ROW[:2], 12.5, *ROW[3:])], EXPECTED)
