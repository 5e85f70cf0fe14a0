"""What is counted and may not be meant: told, since only the shop can know.

A payment told twice, an order paid beyond its total, an order whose last state is not certain, two events under one id,
records without a key: docs/numbers.md says what each does to the numbers.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ecom.contracts import seeds
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.trino import TrinoSession, literal
from spark_jobs.derived import computable

SHOWN = 20  # conflicts
ORDER_STATE = "silver.order_state"


@dataclass(frozen=True)
class Conflict:
    """Two accepted events of one id and day with other content, in two partitions: place and other place."""

    dataset: str
    event_id: str
    place: str
    other_place: str


@dataclass(frozen=True)
class Doubts:
    """Counts of orders, payments, events and records; `conflicts` are the first of them."""

    repeated_movements: int = 0
    overpaid_orders: int = 0
    overrefunded_orders: int = 0
    uncertain_orders: int = 0
    conflicting_events: int = 0
    records_without_key: Mapping[str, int] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Stable keys."""
        return asdict(self) | {"records_without_key": dict(self.records_without_key)}

    @property
    def sentences(self) -> list[str]:
        """One for each kind that is there, with what to do."""
        found = [text.format(getattr(self, name)) for name, text in _SENTENCES.items() if getattr(self, name)]
        keyless = (
            f"{count:,} records of {topic} have no key: an order's events may lie in several partitions, and come in "
            "any order; send them with the order's id as key."
            for topic, count in self.records_without_key.items()
        )
        where = (f"conflict: {c.dataset} {c.event_id} at {c.place} and at {c.other_place}" for c in self.conflicts)
        return [*found, *where, *keyless]


_SENTENCES = {
    "repeated_movements": (
        "{:,} movements equal an earlier one of the same payment (payment_id, status, amount), and count as another: "
        "the payments' contract can say what they are (`identity: event` or `identity: payment`)."
    ),
    "overpaid_orders": "{:,} orders were paid more than their total; `select * from silver.order_state where "
    "paid_amount > total_amount` lists them.",
    "overrefunded_orders": "{:,} orders were refunded more than their total; `select * from silver.order_state where "
    "refunded_amount > total_amount` lists them.",
    "uncertain_orders": "{:,} orders have a last state that is not certain: of their latest moment there are events in "
    "several partitions; `select * from silver.order_state where is_uncertain` lists them.",
    "conflicting_events": "{:,} events have the event_id and day of another with other content in another partition: "
    "both were accepted.",
}


def doubts(session: TrinoSession, contracts: Mapping[str, Contract]) -> Doubts:
    """Asks Trino. What a table does not hold yet, of a lake from an older release, is none."""
    there = _columns(session)
    ordered = {name for name, contract in contracts.items() if contract.keep == "latest"}
    ordered |= {
        name for derived in computable(contracts)[0] for name in derived.reads
    }  # where an order of events counts
    orders = _of_orders(session, contracts) if (ORDER_STATE, "is_uncertain") in there else {}
    conflicts, count = list[Conflict](), 0
    keyless: dict[str, int] = {}
    for name, contract in contracts.items():
        clean, raw = tables.clean(contract), tables.raw(name)
        if (str(clean), "conflicts_with") in there:
            found = _conflicts(session, contract)
            count += found[0]
            conflicts += found[1]
        if name in ordered and (str(raw), "raw_key") in there:
            keyless |= _without_key(session, raw)
    return Doubts(**orders, conflicting_events=count, records_without_key=keyless, conflicts=tuple(conflicts[:SHOWN]))


def _columns(session: TrinoSession) -> set[tuple[str, str]]:
    names = ", ".join(map(literal, ("is_uncertain", "conflicts_with", "raw_key")))
    sql = f"""
        select table_schema || '.' || table_name, column_name from information_schema.columns
        where table_schema in ('bronze_raw', 'silver') and column_name in ({names})"""
    return {(table, column) for table, column in session.query(sql).rows}


def _of_orders(session: TrinoSession, contracts: Mapping[str, Contract]) -> dict[str, int]:
    sql = f"""
        select coalesce(sum(repeated_movements), 0), count_if(paid_amount > total_amount),
            count_if(refunded_amount > total_amount), count_if(is_uncertain)
        from {ORDER_STATE}"""
    repeated, *others = session.query(sql).rows[0]
    payments = contracts.get(seeds.PAYMENTS)
    is_declared = payments is not None and payments.identity is not None  # then equal movements are what they are
    names = ("overpaid_orders", "overrefunded_orders", "uncertain_orders")
    return {"repeated_movements": 0 if is_declared else int(repeated)} | dict(zip(names, map(int, others), strict=True))


def _conflicts(session: TrinoSession, contract: Contract) -> tuple[int, list[Conflict]]:
    where = f"from {tables.clean(contract)} where conflicts_with is not null"
    place = "{0}topic || '-' || cast({0}\"partition\" as varchar) || ' offset ' || cast({0}\"offset\" as varchar)"
    here, other = place.format(""), place.format("conflicts_with.")
    count = int(session.query(f"select count(*) {where}").scalar())
    if not count:
        return 0, []
    rows = session.query(f"select event_id, {here}, {other} {where} order by 1, 2 limit {SHOWN}").rows
    return count, [Conflict(contract.dataset, *row) for row in rows]


def _without_key(session: TrinoSession, raw: tables.Table) -> dict[str, int]:
    sql = f"select topic, count(*) from {raw} where raw_key is null group by topic order by topic"
    return {topic: int(count) for topic, count in session.query(sql).rows}
