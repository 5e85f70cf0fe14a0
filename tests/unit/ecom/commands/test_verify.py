"""What `ecom verify` says of what it compared."""

from ecom.commands.verify import as_text
from ecom.trust.comparison import Comparison, Verification

EQUAL = Comparison("silver.order_state", 1_234, 1_234, 0)
OTHER = Comparison("gold.fct_sales_minute", 9, 10, 25, ["2026-01-31 10:00, USD: stored gmv 1, expected gmv 2"])


def test_a_table_that_is_as_recomputed_is_one_line() -> None:
    assert as_text(Verification([EQUAL], [])) == "silver.order_state: 1,234 rows, recomputed 1,234: as recomputed"


def test_differences_are_counted_shown_and_followed_by_what_to_type() -> None:
    lines = as_text(Verification([EQUAL, OTHER], [])).splitlines()
    assert lines[1] == "gold.fct_sales_minute: 9 rows, recomputed 10: 25 differences"
    assert lines[2] == f"  {OTHER.examples[0]}"
    assert lines[3] == "  … and 24 more"
    assert "`ecom run gold`" in lines[4] and "`ecom run silver --rebuild`" in lines[4]


def test_a_table_that_could_not_be_compared_is_named_and_is_not_clean() -> None:
    found = Verification([EQUAL], [], uncompared=["silver.order_state could not be compared: version 7 is gone"])
    assert not found.is_clean
    assert as_text(found).splitlines()[1:] == found.uncompared


def test_what_there_is_not_to_compare_and_re_stamped_events_are_no_difference() -> None:
    found = Verification([EQUAL], ["e1: 2026-01-30, 2026-01-31"], ["coupon_life has no contract"])
    assert found.is_clean
    assert as_text(found).splitlines()[1:] == [
        "re-stamped event: e1: 2026-01-30, 2026-01-31",
        "note: coupon_life has no contract",
    ]
