"""The line of a layer's age over time."""

from datetime import UTC, datetime, timedelta

from dashboard.layer_age import Age, ages

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def before(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_age_grows_until_the_next_write_and_then_to_now() -> None:
    assert ages([("gold", before(30)), ("gold", before(20))], NOW) == [
        Age("gold", before(30), 0.0),
        Age("gold", before(20), 10.0),
        Age("gold", before(20), 0.0),
        Age("gold", NOW, 20.0),
    ]


def test_each_layer_has_a_line_of_its_own_whatever_the_order() -> None:
    found = ages([("silver", before(5)), ("bronze", before(10)), ("bronze", before(15))], NOW)
    assert [(age.layer, age.minutes) for age in found] == [
        ("bronze", 0.0), ("bronze", 5.0), ("bronze", 0.0), ("bronze", 10.0), ("silver", 0.0), ("silver", 5.0)
    ]  # fmt: skip


def test_without_a_write_there_is_no_line() -> None:
    assert ages([], NOW) == []
