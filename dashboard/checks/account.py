"""Is every offset accounted for? Bronze against the verdicts of Silver, as sets, and against the end of Kafka's log.

Trino adds each set up to a checksum that does not depend on order, so that one lost and one doubled offset are seen,
and memory stays small. What lies after the ledger's position is still to be judged. `ecom account` reads Kafka again as
well, and says why an offset is in no table.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from dashboard.checks import kafka
from dashboard.lake import ask, contracts, settings
from dashboard.probe import Probe
from dashboard.trust import Level, Part
from dashboard.words import counted, span
from ecom.base.errors import EcomError
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.commit_note import Position
from ecom.lake.trino import query

TITLE = "Offsets"
EVERY_S = 15.0
PAUSE_S = 3.0  # it keeps both cores of a small machine busy for a second
FIRST_WAIT_S = 6.0
# A comparison is as good as what it covers: beyond this age it vouches for nothing that came since, and is old itself.
YOUNG, OLD = timedelta(seconds=30), timedelta(minutes=3)
NEXT = "type `ecom account`"
JUDGED = "select sum(rows_in) from ops.batch_ledger"

# The ledger stands first and Bronze last, so that Trino fixes their versions in that order: while jobs run, what the
# ledger has passed has its verdict, and its Bronze row.
SQL = """
with reached as (
    select topic, "partition", max(last_offset) as last_offset
    from ops.batch_ledger
    group by 1, 2
),
offsets as (
    {offsets}
),
placed as (
    select offsets.*, coalesce(offsets."offset" <= reached.last_offset, false) as is_passed
    from offsets
    left join reached on offsets.topic = reached.topic and offsets."partition" = reached."partition"
)
select
    topic, "partition", is_verdict, is_passed,
    count(*), min("offset"), max("offset"), to_hex(checksum("offset"))
from placed
where is_passed or not is_verdict
group by 1, 2, 3, 4
"""


@dataclass(frozen=True)
class OffsetSet:
    """Offsets of one partition: Bronze's rows or Silver's verdicts, passed by Silver or not."""

    topic: str
    partition: int
    is_verdict: bool
    is_passed: bool
    count: int
    first: int
    last: int
    checksum: str


@dataclass(frozen=True)
class Compared:
    offsets: int  # in Bronze
    judged: int  # of them, by Silver
    wrong: int  # of partitions whose verdicts are not those of its Bronze rows: by how many, at least
    absent: int  # between the first and the last, in no table
    ends: Position  # Bronze's


def look() -> Part:
    found = _probe().latest(wait=FIRST_WAIT_S, renewed=True)
    if found is None:
        return Part(TITLE, Level.LOOK, "being compared", ("A long history takes a while; this page looks again.",))
    if found.value is None:
        raise found.error or EcomError("The offsets could not be compared")
    ((judged,),) = ask(JUDGED, at_most=EVERY_S / 2).rows
    return judge(found.value, kafka.ends().value, timedelta(seconds=found.age), judged or 0)


@st.cache_resource(show_spinner=False)
def _probe() -> Probe[Compared]:
    sql = offsets_sql(contracts().values())
    return Probe(lambda: compare([OffsetSet(*row) for row in query(settings(), sql).rows]), EVERY_S, PAUSE_S)


def offsets_sql(of: Iterable[Contract]) -> str:
    """The verdicts of all datasets, then Bronze's rows."""
    chosen = list(of)
    verdicts = [(str(table), "true") for contract in chosen for table in tables.verdicts(contract).values()]
    raw = [(str(tables.raw(contract.dataset)), "false") for contract in chosen]
    return SQL.format(
        offsets="\n    union all\n    ".join(
            f'select topic, "partition", "offset", {is_verdict} as is_verdict from {table}'
            for table, is_verdict in (*verdicts, *raw)
        )
    )


def compare(sets: Sequence[OffsetSet]) -> Compared:
    """Compares, in each partition, the offsets that have a verdict with those that Bronze received."""
    partitions: dict[tuple[str, int], list[OffsetSet]] = defaultdict(list)
    for one in sets:
        partitions[one.topic, one.partition].append(one)
    wrong = sum(_wrong(of) for of in partitions.values())
    bronze = {place: [one for one in of if not one.is_verdict] for place, of in partitions.items()}
    return Compared(
        offsets=sum(one.count for of in bronze.values() for one in of),
        judged=sum(one.count for one in sets if one.is_verdict),
        wrong=wrong,
        absent=sum(max(_extent(of) - sum(one.count for one in of), 0) for of in bronze.values() if of),
        ends={place: max(one.last for one in of) + 1 for place, of in bronze.items() if of},
    )


def _wrong(partition: list[OffsetSet]) -> int:
    bronze, verdicts = (
        next((one for one in partition if one.is_passed and one.is_verdict is is_verdict), None)
        for is_verdict in (False, True)
    )
    judged, received = (one.count if one else 0 for one in (verdicts, bronze))
    twice = max(received - (bronze.last - bronze.first + 1), 0) if bronze else 0
    differs = bronze is not None and verdicts is not None and bronze.checksum != verdicts.checksum
    return max(abs(judged - received), twice, int(differs))


def _extent(sets: list[OffsetSet]) -> int:
    return max(one.last for one in sets) - min(one.first for one in sets) + 1


def judge(found: Compared, log: Position | None, age: timedelta, judged: int) -> Part:
    """`judged`: what the ledger counts now. It is vouched for what was compared, and while that is young."""
    when = f"Compared {span(age)} ago"
    if found.wrong:
        sentence = f"{counted(found.wrong, 'offset')} not accounted for"
        return Part(TITLE, Level.WRONG, sentence, (f"Bronze and Silver's verdicts differ; {NEXT}.", when))
    ahead = sum(max(end - log[place], 0) for place, end in found.ends.items() if place in log) if log else 0
    if ahead:
        return Part(
            TITLE, Level.WRONG, "Kafka's log was cut", (f"It ends {ahead:,} offsets before Bronze; {NEXT}.", when)
        )
    if found.absent:
        sentence = f"{counted(found.absent, 'offset')} in no table"
        return Part(TITLE, Level.LOOK, sentence, (f"Aged out, markers or lost: {NEXT}, which says which.", when))
    since = judged - found.judged
    if since > 0 or age > OLD:
        sentence = f"{found.offsets:,} accounted for, as of {span(age)} ago"
        more = f"{counted(since, 'record')} judged since then are still to be compared." if since > 0 else ""
        level = Level.GOOD if age <= YOUNG else Level.LOOK
        return Part(TITLE, level, sentence, (f"{more} This page compares again.".strip(),))
    sentence = f"all {found.offsets:,} accounted for"
    if log is None:
        return Part(TITLE, Level.LOOK, sentence, ("As far as received: Kafka does not answer.", when))
    return Part(TITLE, Level.GOOD, sentence, (f"Each clean, duplicate, quarantined or waiting. {when}",))
