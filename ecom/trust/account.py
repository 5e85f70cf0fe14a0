"""The account of every Kafka offset: in exactly one of clean, duplicate, quarantined, absent, or still pending.

Sets, not sums: Trino groups the tables by offset, and what no table holds is explained by reading Kafka again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ecom.base.settings import Settings, topic_setting
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote, flat
from ecom.lake.delta_log import DeltaLog
from ecom.lake.tables import VERDICTS
from ecom.lake.trino import TrinoSession
from ecom.trust.account_gaps import Explained, Gap, LogBounds, explain_gaps, explain_tail
from ecom.trust.account_lake import (
    FINDINGS,
    Extent,
    Lake,
    Tally,
    TopicPartition,
    slices,
    uncounted_payments,
)
from ecom.trust.account_log import KafkaLog
from ecom.trust.doubts import Doubts, doubts

ABSENT = ("expired", "compacted", "aborted", "transaction_marker", "unverifiable", "accepted")
NEXT = {
    "missing": "Silver went past them without a verdict, or the verdict was deleted; type `ecom run silver`: where a "
    "table was changed by others it looks at all of Bronze again, and judges what has no verdict",
    "doubled": "they have two verdicts or lie in Bronze twice; type `ecom maintain doubled`, which leaves one of each, "
    "then `ecom run all`",
    "unread": "they have a verdict but no Bronze row, which others took; type `ecom run bronze --again`: it receives "
    "again what the broker still has; what it has no longer is in Bronze's older version, to be restored, or accept "
    "that it is gone with `ecom run bronze --accept-loss`",
    "lost": "Bronze had received them or went past them, and no table has them; type `ecom run bronze --again`, which "
    "receives again what the broker still has, then `ecom run all`; if they stay, restore Bronze's older version, or "
    "accept that they are gone with `ecom run bronze --accept-loss`",
}


@dataclass
class PartitionAccount:
    """Counts of the offsets [first_offset, end_offset) of one topic-partition."""

    topic: str
    topic_id: str | None
    partition: int
    first_offset: int = 0
    end_offset: int = 0
    bronze_end: int = 0
    clean: int = 0
    duplicate: int = 0
    quarantined: int = 0
    absent: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ABSENT, 0))
    pending: int = 0
    missing: int = 0
    doubled: int = 0
    unread: int = 0
    lost: int = 0
    first_few: dict[str, list[int]] = field(default_factory=dict)

    @property
    def accounted(self) -> int:
        return self.clean + self.duplicate + self.quarantined + sum(self.absent.values()) + self.pending

    @property
    def adds_up(self) -> bool:
        return self.accounted == self.end_offset - self.first_offset

    def add_tally(self, tally: Tally) -> None:
        setattr(self, tally.category, getattr(self, tally.category) + tally.count)
        if tally.category in FINDINGS:
            self._remember(tally.category, tally.first_few)

    def add_explained(self, found: Explained) -> None:
        for reason in ABSENT[:-1]:
            self.absent[reason] += getattr(found, reason)
        self.pending += found.pending
        self.lost += found.lost
        if found.lost:
            self._remember("lost", found.lost_first)

    def add_lost(self, rows: int) -> None:
        """Records that Bronze had received and others took: of them the broker knows only that they are gone."""
        gone = min(max(rows - self.unread, 0), self.absent["expired"])
        self.absent["expired"] -= gone
        self.lost += gone

    def add_accepted(self, rows: int) -> None:
        """Records whose loss was accepted: those with a verdict are no finding any more."""
        settled = min(self.unread, rows)
        self.unread -= settled
        self.absent["accepted"] += settled

    def _remember(self, category: str, offsets: list[int]) -> None:
        self.first_few[category] = sorted(self.first_few.get(category, []) + offsets)[:5]


@dataclass
class Account:
    partitions: list[PartitionAccount]
    uncounted_payments: dict[str, Any]
    doubts: Doubts
    problems: list[str]  # what makes the account wrong, a sentence each
    notes: list[str]  # what a reader should know, no fault

    @property
    def ok(self) -> bool:
        return not self.problems

    def totals(self) -> dict[str, int]:
        counted = (*VERDICTS, "pending", *FINDINGS, "lost")
        totals = {name: sum(getattr(p, name) for p in self.partitions) for name in counted}
        absent = {reason: sum(p.absent[reason] for p in self.partitions) for reason in ABSENT}
        offsets = sum(p.end_offset - p.first_offset for p in self.partitions)
        return {"offsets": offsets} | totals | {"absent": sum(absent.values())} | absent

    def to_json(self) -> dict[str, Any]:
        """Stable keys; amounts are Decimal."""
        partitions = [asdict(p) | {"adds_up": p.adds_up} for p in self.partitions]
        return {"ok": self.ok, "partitions": partitions, "totals": self.totals()} | {
            "uncounted_payments": self.uncounted_payments,
            "doubts": self.doubts.to_json(),
            "problems": self.problems,
            "notes": self.notes,
        }


def account(
    settings: Settings,
    *,
    known_topic_ids: Mapping[str, str] | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Account:
    """Compares Kafka, Bronze and Silver. `known_topic_ids` (by topic) go before the ids that Bronze recorded.

    Raises EcomError when Kafka or Trino does not answer. Jobs may run meanwhile.
    """
    found, contracts = Account([], {}, Doubts(), [], []), load_datasets(settings)
    with KafkaLog(settings, progress) as log, TrinoSession(settings) as session:
        log.topic_ids([contract.topic for contract in contracts.values()])  # said before Trino works for it
        for dataset, contract in contracts.items():
            progress(f"comparing Bronze and Silver of {dataset}")
            lake = Lake(session, contract)
            if lake.is_empty:
                found.notes.append(f"No table of {dataset} yet; type `ecom run all`.")
            known = lake.topic_ids() | dict(known_topic_ids or {})
            note = DeltaLog(settings, str(tables.raw(dataset))).newest_note()
            _account_dataset(lake, log, contract, known, found, note)
        progress("looking for payments that count for no order")
        found.uncounted_payments = uncounted_payments(session)
        progress("looking for what may not be meant")
        found.doubts = doubts(session, contracts)
    for partition in found.partitions:
        found.problems.extend(_problems(partition))
    return found


def _account_dataset(
    lake: Lake,
    log: KafkaLog,
    contract: Contract,
    known: Mapping[str, str],
    found: Account,
    note: CommitNote | None,
) -> None:
    """`note`: of Bronze's last run, which tells what others took."""
    topic = contract.topic
    lost, accepted = (flat(note.lost), flat(note.accepted)) if note else ({}, {})
    positions = lake.positions()
    extents = lake.extents()
    tallies = _tally(lake, extents, positions)
    topics = sorted({topic} | {t for t, _ in extents})
    ids = log.topic_ids(topics)
    for name in topics:
        bounds = log.bounds(name) if name in ids else {}
        if name not in ids:
            found.notes.append(f"Topic {name} is not on the broker: what no table holds of it cannot be looked up.")
        elif known.get(name, ids[name]) != ids[name]:
            found.problems.append(_recreated(name, f"Bronze recorded id {known[name]}, the broker has {ids[name]}"))
        for number in sorted(set(bounds) | {p for t, p in extents if t == name}):
            one = PartitionAccount(name, ids.get(name, known.get(name)), number)
            _account_partition(one, lake, log, extents.get((name, number)), bounds.get(number), tallies, found)
            one.add_accepted(accepted.get((name, number), 0))
            one.add_lost(lost.get((name, number), 0))
            found.partitions.append(one)
            if name != topic and one.pending:
                found.problems.append(_abandoned(one, contract))


def _tally(
    lake: Lake, extents: dict[TopicPartition, Extent], positions: dict[TopicPartition, int]
) -> dict[TopicPartition, dict[Gap, list[Tally]]]:
    """By partition and slice, each clipped to what the tables held when `extents` was asked."""
    found: dict[TopicPartition, dict[Gap, list[Tally]]] = {}
    end = max((extent.end for extent in extents.values()), default=0)
    for piece in slices(extents):
        piece = piece.clip(0, end)
        for tally in lake.tallies(piece, extents, positions):
            found.setdefault((tally.topic, tally.partition), {}).setdefault(piece, []).append(tally)
    return found


def _account_partition(
    one: PartitionAccount,
    lake: Lake,
    log: KafkaLog,
    extent: Extent | None,
    bounds: LogBounds | None,
    tallies: dict[TopicPartition, dict[Gap, list[Tally]]],
    found: Account,
) -> None:
    extent = extent or Extent(0, 0, 0)
    key = (one.topic, one.partition)
    pieces = tallies.get(key, {})
    for tally in (t for piece in pieces.values() for t in piece):
        one.add_tally(tally)
    read = log.reader(*key)
    one.bronze_end = extent.bronze_end
    one.end_offset = max(extent.end, bounds.end if bounds else 0)
    one.add_explained(explain_gaps(_all_gaps(lake, key, extent, pieces), bounds, read))
    if bounds and bounds.end > extent.end:
        one.add_explained(explain_tail(extent.end, bounds, read))
    elif bounds and bounds.end < extent.bronze_end:
        where = f"Bronze holds {one.topic}-{one.partition} up to {extent.bronze_end}, the broker ends at {bounds.end}"
        found.problems.append(_recreated(one.topic, where))


def _all_gaps(lake: Lake, key: TopicPartition, extent: Extent, pieces: dict[Gap, list[Tally]]) -> Iterator[Gap]:
    """Offsets below `extent.end` that no table holds; a full slice costs no query."""
    if extent.first > 0:
        yield Gap(0, extent.first)
    at = extent.first
    for piece in sorted(pieces, key=lambda gap: gap.start):
        mine = piece.clip(extent.first, extent.end)
        if mine.start > at:  # slices in which this partition has nothing at all
            yield Gap(at, mine.start)
        at = mine.end
        if sum(tally.count for tally in pieces[piece]) < mine.size:
            yield from lake.gaps(key, mine)


def _problems(one: PartitionAccount) -> Iterator[str]:
    where = f"{one.topic}-{one.partition}"
    findings = {name: getattr(one, name) for name in (*FINDINGS, "lost")}
    for category, count in findings.items():
        if count:
            few = ", ".join(map(str, one.first_few.get(category, [])))
            yield f"{category.upper()}: {count} offsets of {where} (first: {few}): {NEXT[category]}."
    if not one.adds_up and not any(findings.values()):
        gap = one.end_offset - one.first_offset - one.accounted
        yield f"The account of {where} is off by {gap} offsets; type `ecom account` again, and report it if it stays."


def _abandoned(one: PartitionAccount, contract: Contract) -> str:
    setting, topic = topic_setting(contract.dataset), contract.topic
    return (
        f"{one.pending} offsets of {one.topic}-{one.partition} are pending, and the settings name {topic} instead: the "
        f"jobs no longer read it; type `{setting}={one.topic} ecom run all` once, then go on with {topic}."
    )


def _recreated(topic: str, how: str) -> str:
    return (
        f"Topic {topic} was deleted and created again, or its log was cut ({how}): "
        "give the new topic a lake of its own (LAKEHOUSE_URI), or put the old log back."
    )
