"""How old each layer's newest rows were, from when rows were written to it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

Write = tuple[str, datetime]  # layer, when rows of it were written


@dataclass(frozen=True)
class Age:
    layer: str
    at: datetime
    minutes: float


def ages(writes: Iterable[Write], now: datetime) -> list[Age]:
    """The corners of a line for each layer: age grows with the clock, and falls to nothing with each write. It starts
    with the first write, since what was before is not known."""
    return [
        age
        for layer, group in groupby(sorted(writes), key=lambda write: write[0])
        for age in _corners(layer, [at for _, at in group], now)
    ]


def _corners(layer: str, written: list[datetime], now: datetime) -> Iterable[Age]:
    yield Age(layer, written[0], 0.0)
    for before, at in zip(written, [*written[1:], now], strict=True):
        yield Age(layer, at, (at - before).total_seconds() / 60)
        if at is not now:
            yield Age(layer, at, 0.0)
