"""What the strip says of what was quarantined."""

import pytest

from dashboard.checks import quarantine
from dashboard.checks.quarantine import Counts
from dashboard.trust import Level


@pytest.mark.parametrize(
    ("found", "level", "says"),
    [
        (Counts(0, 1000), Level.GOOD, "0 records in the last 24 hours"),
        (Counts(1, 1000), Level.LOOK, "1 record in the last 24 hours"),
        (Counts(51, 1000), Level.WRONG, "51 records in the last 24 hours"),
        (Counts(1, 0), Level.WRONG, "1 record in the last 24 hours"),
    ],
)
def test_quarantine(found: Counts, level: Level, says: str) -> None:
    part = quarantine.judge(found)
    assert (part.level, part.sentence) == (level, says)
