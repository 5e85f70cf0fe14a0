"""Why an offset is in no table: expired, aborted, compacted, a transaction's marker, or LOST. No I/O here.

Kafka's offsets have holes by design: retention and deletion cut the front, compaction thins the middle, each
transaction ends with a marker that takes an offset, and aborted records are hidden from `read_committed`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

FIRST_FEW = 5
READ_THROUGH = 2_000  # reading on over this many offsets costs less than seeking to the next gap
GAPS_AT_ONCE = 10_000  # bounds memory where every other offset is a gap


@dataclass(frozen=True)
class Gap:
    """Offsets `start` to `end`, without `end`."""

    start: int
    end: int

    def clip(self, start: int, end: int) -> "Gap":
        low = min(max(self.start, start), end)
        return Gap(low, max(min(self.end, end), low))

    @property
    def size(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class LogBounds:
    """One partition at the broker. Records at `stable_end` and beyond wait for a transaction to finish."""

    low: int
    stable_end: int
    end: int
    compacted: bool


class Reader(Protocol):
    """Offsets of the records that the broker returns in [start, end), ascending."""

    def __call__(self, start: int, end: int, *, committed: bool) -> Iterator[int]: ...


@dataclass
class Explained:
    """Counts of offsets by reason; `lost_first` are a few of the lost ones."""

    expired: int = 0
    compacted: int = 0
    aborted: int = 0
    transaction_marker: int = 0
    unverifiable: int = 0  # the topic, the partition or this part of it is no longer at the broker
    pending: int = 0
    lost: int = 0
    lost_first: list[int] = field(default_factory=list)


def explain_gaps(gaps: Iterable[Gap], log: LogBounds | None, read: Reader) -> Explained:
    """What `gaps` are, which Bronze has already passed: a record that the broker still returns there is lost."""
    found = Explained()
    for run in _runs(_readable(gaps, log, found)):
        _explain_run(run, log is not None and log.compacted, read, found)
    return found


def explain_tail(start: int, log: LogBounds, read: Reader) -> Explained:
    """What lies between Bronze's end and the broker's: all from the first readable record on is still to come."""
    stable = Gap(start, log.end).clip(log.low, log.stable_end)
    first = next(read(stable.start, stable.end, committed=True), stable.end) if stable.size else stable.end
    found = explain_gaps([Gap(start, max(first, start))], log, read)
    found.pending += log.end - max(first, start)
    return found


def _readable(gaps: Iterable[Gap], log: LogBounds | None, found: Explained) -> Iterator[Gap]:
    """The parts of `gaps` that the broker can be asked about; the others are counted."""
    for gap in gaps:
        if log is None:
            found.unverifiable += gap.size
            continue
        expired, rest = gap.clip(0, log.low), gap.clip(log.low, max(log.stable_end, log.low))
        found.expired += expired.size
        found.unverifiable += gap.size - expired.size - rest.size
        if rest.size:
            yield rest


def _runs(gaps: Iterable[Gap]) -> Iterator[list[Gap]]:
    """Neighbours together: each run is read with one seek."""
    run: list[Gap] = []
    for gap in gaps:
        if run and (gap.start - run[-1].end > READ_THROUGH or len(run) == GAPS_AT_ONCE):
            yield run
            run = []
        run.append(gap)
    if run:
        yield run


def _explain_run(run: list[Gap], compacted: bool, read: Reader, found: Explained) -> None:
    written = sum(1 for _ in _inside(run, read, committed=False))
    lost = 0
    # What read_committed returns is a part of what read_uncommitted does: the second look is for hits only.
    for offset in _inside(run, read, committed=True) if written else ():
        lost += 1
        if len(found.lost_first) < FIRST_FEW:
            found.lost_first.append(offset)
    found.lost += lost
    found.aborted += max(written - lost, 0)
    empty = sum(gap.size for gap in run) - max(written, lost)
    if compacted:
        found.compacted += empty
    else:
        found.transaction_marker += empty


def _inside(run: list[Gap], read: Reader, *, committed: bool) -> Iterator[int]:
    """The readable offsets that fall into a gap of `run`."""
    at = 0
    for offset in read(run[0].start, run[-1].end, committed=committed):
        while at < len(run) and run[at].end <= offset:
            at += 1
        if at == len(run):
            return
        if run[at].start <= offset:
            yield offset
