"""The chart's rows and its description: every figure that is read is text made from the Decimal."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from dashboard.chart import FILLING, FINAL, frame, moment, spec
from dashboard.sales_window import Point

AT = datetime(2026, 1, 31, 10, tzinfo=UTC)


def points(count: int) -> list[Point]:
    return [Point(AT + n * timedelta(minutes=1), Decimal("1234.5"), Decimal(-1), 1_000) for n in range(count)]


def test_where_the_line_turns_to_still_filling_the_point_belongs_to_both() -> None:
    rows = frame(points(4), "USD", AT + timedelta(minutes=2)).to_pylist()
    assert [(row["at"].minute, row["state"]) for row in rows] == [
        (0, FINAL),
        (1, FINAL),
        (1, FILLING),
        (2, FILLING),
        (3, FILLING),
    ]


def test_a_line_that_is_final_to_its_end_or_nowhere_has_each_point_once() -> None:
    for before, state in ((AT + timedelta(hours=1), FINAL), (AT, FILLING)):
        assert [row["state"] for row in frame(points(3), "USD", before).to_pylist()] == [state] * 3


def test_what_is_read_is_exact() -> None:
    (row,) = frame(points(1), "USD", AT).to_pylist()
    assert (row["gmv_text"], row["orders_text"], row["when"]) == ("1,234.50 USD", "1,000", "2026-01-31 10:00 UTC")
    assert moment(AT) == "2026-01-31 10:00 UTC"


def test_the_description_holds_no_data_and_names_currency_and_bucket() -> None:
    for mode in ("light", "dark"):
        found = spec("JPY", "5 minutes", mode)
        text = json.dumps(found)
        assert "data" not in found and "GMV, JPY" in text and "5 minutes" in text
    assert spec("JPY", "5 minutes", "light") is spec("JPY", "5 minutes", "light"), "made once"
