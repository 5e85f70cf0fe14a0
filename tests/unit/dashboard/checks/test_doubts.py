"""What the strip says of what may not be meant."""

from dashboard.checks import doubts
from dashboard.trust import Level
from ecom.trust.doubts import Doubts


def test_doubts_are_told_and_none_is_good() -> None:
    assert doubts.judge(Doubts()).level is Level.GOOD
    part = doubts.judge(Doubts(repeated_movements=2, overpaid_orders=1, records_without_key={"t": 3}))
    assert (part.level, part.sentence) == (Level.LOOK, "2 repeated movements")
    assert part.details[0] == "Also 1 overpaid order, 3 records without a key."
