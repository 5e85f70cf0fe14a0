"""Which minutes are still likely to change."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import settling
from dashboard.settling import LEAST, UNKNOWN, Settling, takes
from ecom.base.errors import EcomError
from ecom.lake.trino import Result

NOW = datetime(2026, 2, 3, 10, 17, tzinfo=UTC)
TAKES = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("built", "final"),
    [
        (None, NOW - TAKES),
        (NOW - timedelta(hours=1), NOW - timedelta(hours=1) - TAKES),
        (NOW + timedelta(hours=1), NOW - TAKES),
    ],
)
def test_minutes_are_final_once_payments_had_their_time_before_gold_was_built(
    built: datetime | None, final: datetime
) -> None:
    assert Settling(TAKES, built).final_before(NOW) == final


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (600, timedelta(minutes=10)),
        (5, LEAST),
        (-30, LEAST),
        (None, UNKNOWN),
    ],
)
def test_how_long_payments_take_is_what_the_orders_of_a_week_took(
    seconds: int | None, found: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[tuple[object, ...]]()

    def ask(sql: str, params: tuple[object, ...], at_most: float) -> Result:
        asked.append(params)
        return Result(["p"], [(seconds,)])

    monkeypatch.setattr(settling, "ask", ask)
    assert takes(NOW) == found
    end = datetime(2026, 2, 3, 11, tzinfo=UTC)
    assert asked == [("2026-01-01", end - timedelta(days=7), end)], "rounded, so that sessions share the answer"


def test_before_the_first_order_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: object, **__: object) -> Result:
        raise EcomError("line 1: Table 'delta.silver.order_state' does not exist")

    monkeypatch.setattr(settling, "ask", ask)
    monkeypatch.setattr(settling, "is_missing_table", lambda error: "does not exist" in str(error))
    assert takes(NOW) == UNKNOWN
    monkeypatch.setattr(settling, "is_missing_table", lambda error: False)
    with pytest.raises(EcomError):
        takes(NOW)
