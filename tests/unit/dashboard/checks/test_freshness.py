"""What the strip says of how fresh the layers are."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.checks import freshness
from dashboard.trust import Level
from ecom.trust.freshness import Layer, Layers

NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UP_TO_DATE = Layer("silver", NOW)


def found(
    written: datetime | None,
    behind: int | None = 0,
    silver: Layer = UP_TO_DATE,
    derived: datetime | None = None,
    held_back: int = 0,
) -> Layers:
    return Layers(Layer("bronze", written, None, behind, held_back), silver, Layer("gold", NOW), derived)


def waits(minutes: int) -> Layer:
    return Layer("silver", NOW, NOW - minutes * MINUTE, 7)


@pytest.mark.parametrize(
    ("layers", "level", "says"),
    [
        (found(NOW - 12 * timedelta(seconds=1)), Level.GOOD, "newest data is 12 s old"),
        (found(NOW - 61 * MINUTE), Level.LOOK, "newest data is 1 h 1 min old"),
        (found(NOW - 25 * 60 * MINUTE), Level.WRONG, "newest data is 1 d old"),
        (found(NOW, silver=waits(5)), Level.GOOD, "0 s old"),
        (found(NOW, silver=waits(20)), Level.LOOK, "0 s old"),
        (found(NOW, derived=NOW - 61 * MINUTE), Level.WRONG, "0 s old"),
        (found(NOW, None), Level.LOOK, "0 s old"),
        (found(NOW - 2 * MINUTE, 40), Level.LOOK, "2 min old"),
        (found(NOW - timedelta(seconds=30), 40), Level.GOOD, "30 s old"),
        (found(None, None), Level.LOOK, "nothing there yet"),
    ],
)
def test_freshness(layers: Layers, level: Level, says: str) -> None:
    part = freshness.judge(layers, None, NOW)
    assert part.level is level and says in part.sentence


def test_freshness_says_how_far_each_layer_lags() -> None:
    layers = found(NOW, 3, waits(5), derived=NOW - 2 * MINUTE, held_back=1)
    assert freshness.judge(layers, NOW - 3 * MINUTE, NOW).details == (
        "Bronze: 3 offsets behind Kafka, 1 of them in an open transaction. Silver: 7 records wait for 5 min. "
        "Gold: 2 min behind.",
    )
    assert freshness.judge(layers, NOW - MINUTE, NOW).details[0].endswith("Gold: up to date.")
