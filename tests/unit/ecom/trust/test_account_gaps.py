"""Why an offset is in no table, from what a broker would return."""

from collections.abc import Iterator

import pytest

from ecom.trust.account_gaps import GAPS_AT_ONCE, READ_THROUGH, Explained, Gap, LogBounds, explain_gaps, explain_tail


class Log:
    """One partition: the offsets of committed and of aborted records. `seeks` counts the reads."""

    def __init__(self, committed: set[int], aborted: set[int] | None = None) -> None:
        self._committed, self._all, self.seeks = committed, committed | (aborted or set()), 0

    def __call__(self, start: int, end: int, *, committed: bool) -> Iterator[int]:
        self.seeks += 1
        return (o for o in sorted(self._committed if committed else self._all) if start <= o < end)


def _bounds(end: int, low: int = 0, stable_end: int | None = None, compacted: bool = False) -> LogBounds:
    return LogBounds(low, end if stable_end is None else stable_end, end, compacted)


def test_a_gap_with_nothing_in_it_is_a_marker_or_compacted() -> None:
    gaps = [Gap(3, 4), Gap(7, 9)]
    assert explain_gaps(gaps, _bounds(10), Log({0, 9})) == Explained(transaction_marker=3)
    assert explain_gaps(gaps, _bounds(10, compacted=True), Log({0, 9})) == Explained(compacted=3)


def test_a_gap_below_the_low_watermark_is_expired_without_reading() -> None:
    log = Log(set())
    assert explain_gaps([Gap(0, 5_000_000_000)], _bounds(5_000_000_010, low=5_000_000_000), log).expired == 5 * 10**9
    assert log.seeks == 0


def test_a_gap_across_the_low_watermark_is_cut_there() -> None:
    found = explain_gaps([Gap(2, 6)], _bounds(9, low=4), Log({6, 7}, aborted={5}))
    assert found == Explained(expired=2, aborted=1, transaction_marker=1)


def test_a_committed_record_in_a_gap_is_lost() -> None:
    found = explain_gaps([Gap(0, 10), Gap(11, 14)], _bounds(14), Log(set(range(14)), aborted=set()))
    assert (found.lost, found.lost_first) == (13, [0, 1, 2, 3, 4])
    assert found.aborted == found.transaction_marker == 0


def test_a_committed_record_beside_a_gap_is_not_lost() -> None:
    assert explain_gaps([Gap(1, 2), Gap(3, 4)], _bounds(5), Log({0, 2, 4}, {1})) == Explained(
        aborted=1, transaction_marker=1
    )


def test_a_partition_that_is_gone_and_an_end_that_was_passed_are_unverifiable() -> None:
    assert explain_gaps([Gap(1, 4)], None, Log({1})) == Explained(unverifiable=3)
    assert explain_gaps([Gap(1, 9)], _bounds(3, low=2), Log({2})) == Explained(
        expired=1, unverifiable=6, lost=1, lost_first=[2]
    )


@pytest.mark.parametrize("count", [1, GAPS_AT_ONCE, GAPS_AT_ONCE + 1])
def test_neighbouring_gaps_are_read_together(count: int) -> None:
    log = Log(set(range(0, 2 * count, 2)))
    found = explain_gaps((Gap(n, n + 1) for n in range(1, 2 * count, 2)), _bounds(2 * count), log)
    assert found == Explained(transaction_marker=count)
    assert log.seeks <= 2


def test_far_gaps_are_read_apart() -> None:
    log = Log(set())
    explain_gaps([Gap(0, 1), Gap(READ_THROUGH + 2, READ_THROUGH + 3)], _bounds(10**6), log)
    assert log.seeks == 2


def test_the_tail_is_pending_from_its_first_readable_record() -> None:
    found = explain_tail(10, _bounds(20), Log({14, 19}, aborted={10, 11, 16}))
    assert found == Explained(aborted=2, transaction_marker=2, pending=6)


def test_a_tail_without_readable_records_is_not_pending() -> None:
    assert explain_tail(10, _bounds(11), Log({9})) == Explained(transaction_marker=1)
    assert explain_tail(0, _bounds(5, low=5), Log(set())) == Explained(expired=5)


def test_an_open_transaction_is_pending() -> None:
    log = Log({9}, aborted={11, 12})
    assert explain_tail(10, _bounds(13, stable_end=11), log) == Explained(transaction_marker=1, pending=2)
