"""The account's own arithmetic: categories, sums and sentences."""

from ecom.trust.account import Account, PartitionAccount, _problems
from ecom.trust.account_gaps import Explained
from ecom.trust.account_lake import SLICE, Extent, Tally, slices
from ecom.trust.doubts import Doubts


def _partition(end: int, clean: int = 0, pending: int = 0) -> PartitionAccount:
    return PartitionAccount("orders.events", "id", 0, end_offset=end, clean=clean, pending=pending)


def test_counts_add_up_to_the_offsets() -> None:
    one = _partition(10, clean=5, pending=2)
    assert one.accounted == 7
    one.add_explained(Explained(expired=1, aborted=1, transaction_marker=1))
    assert one.adds_up
    assert list(_problems(one)) == []


def test_an_account_that_is_off_says_so_though_nothing_else_is_found() -> None:
    sentences = list(_problems(_partition(10, clean=9)))
    assert len(sentences) == 1 and "off by 1 offsets" in sentences[0]


def test_each_finding_names_the_first_offsets_and_the_next_step() -> None:
    one = _partition(12)
    one.add_tally(Tally("orders.events", 0, "missing", 6, [7, 8, 9, 10, 11]))
    one.add_tally(Tally("orders.events", 0, "missing", 2, [1, 2]))
    one.add_explained(Explained(lost=1, lost_first=[4]))
    missing, lost = _problems(one)
    assert missing.startswith("MISSING: 8 offsets of orders.events-0 (first: 1, 2, 7, 8, 9)")
    assert lost.startswith("LOST: 1 offsets of orders.events-0 (first: 4)")


def test_json_has_stable_keys_and_totals() -> None:
    one = _partition(3, clean=2, pending=1)
    shown = Account([one, one], {}, Doubts(), [], ["note"]).to_json()
    assert shown["ok"] is True
    assert (shown["totals"]["offsets"], shown["totals"]["clean"], shown["totals"]["absent"]) == (6, 4, 0)
    assert {"topic", "topic_id", "partition", "first_offset", "end_offset", "absent", "adds_up"} <= set(
        shown["partitions"][0]
    )


def test_slices_cover_only_where_offsets_are() -> None:
    far = 100 * SLICE
    found = slices({("t", 0): Extent(0, 1, 1), ("t", 1): Extent(far, far + SLICE + 1, 0)})
    assert [gap.start for gap in found] == [0, far, far + SLICE]
