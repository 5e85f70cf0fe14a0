"""What the lake's tables hold of each offset, for the account. Trino compares the sets: memory here stays small."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.tables import VERDICTS
from ecom.lake.trino import TrinoSession, literal
from ecom.trust.account_gaps import FIRST_FEW, Gap

SLICE = 2_000_000  # offsets of each partition that one query looks at: bounds Trino's memory
TOPIC_ID = "ecom.topic_id."  # prefix of the Bronze table property that `spark_jobs` sets
FINDINGS = ("missing", "doubled", "unread")

TopicPartition = tuple[str, int]


@dataclass(frozen=True)
class Extent:
    """The range of one partition's offsets in the tables.

    `first` is the smallest offset that any table holds, `end` the greatest plus one, `bronze_end` that of
    Bronze alone.
    """

    first: int
    end: int
    bronze_end: int


@dataclass(frozen=True)
class Tally:
    """How many offsets of a partition are of one category; `first_few` are its smallest, where it is a finding.

    The category is a verdict (clean, duplicate, quarantined), `pending` (Silver has not come to it), `missing` (Silver
    went past it without a verdict), `doubled` (in a table twice, or with two verdicts), or `unread` (it has a verdict,
    but is not in Bronze).
    """

    topic: str
    partition: int
    category: str
    count: int
    first_few: list[int]


class Lake:
    """The questions that the account asks of one dataset's tables; a table that does not exist yet counts as empty."""

    def __init__(self, session: TrinoSession, contract: Contract) -> None:
        self._session = session
        there = existing_tables(session)
        raw, ledger = str(tables.raw(contract.dataset)), str(tables.ledger(contract.dataset))
        self._raw = raw if raw in there else None
        self._judged = {v: str(table) for v, table in tables.verdicts(contract).items() if str(table) in there}
        self._ledger = ledger if ledger in there else None

    @property
    def is_empty(self) -> bool:
        return self._raw is None and not self._judged

    def topic_ids(self) -> dict[str, str]:
        """The broker's ids that Bronze recorded when it first read a topic, by topic."""
        if self._raw is None:
            return {}
        schema, table = self._raw.split(".")
        sql = f"""select key, value from {schema}."{table}$properties" where key like '{TOPIC_ID}%'"""
        return {key.removeprefix(TOPIC_ID): value for key, value in self._rows(sql)}

    def positions(self) -> dict[TopicPartition, int]:
        """By topic and partition, the last offset that Silver's finished micro-batches reached, as the ledger says.

        To be asked before `tallies`: an offset up to there without a verdict is missing then, not just too new.
        """
        if self._ledger is None:
            return {}
        sql = f'select topic, "partition", max(last_offset) from {self._ledger} group by topic, "partition"'
        return {(t, p): last for t, p, last in self._rows(sql)}

    def extents(self) -> dict[TopicPartition, Extent]:
        if self.is_empty:
            return {}
        sql = f"""
            select topic, "partition", min("offset"), max("offset") + 1,
              coalesce(max(if(verdict = 0, "offset")) + 1, 0)
            from ({self._offsets()}) group by topic, "partition" order by topic, "partition" """
        return {(t, p): Extent(first, end, bronze) for t, p, first, end, bronze in self._rows(sql)}

    def tallies(
        self, within: Gap, extents: dict[TopicPartition, Extent], positions: dict[TopicPartition, int]
    ) -> list[Tally]:
        """Counts the offsets of the slice `within` by partition and category (those below `extents`)."""
        partitions = list(extents)
        # One bigint key a row: Trino groups those about twice as fast as (topic, partition, offset).
        number = " ".join(
            f'when topic = {literal(t)} and "partition" = {p} and "offset" < {extents[t, p].end} then {n}'
            for n, (t, p) in enumerate(partitions)
        )
        reached = ", ".join(f"({n}, {positions.get(one, -1)})" for n, one in enumerate(partitions))
        verdict = " ".join(f"when verdict = {code} then '{name}'" for code, name in enumerate(VERDICTS, 1))
        sql = f"""
            with keyed as (
              select (case {number} end) * bigint '{SLICE}' + "offset" - {within.start} key, verdict
              from ({self._offsets(within)})
            ),
            offsets as (
              select key / {SLICE} number, key % {SLICE} + {within.start} "offset", max(verdict) verdict,
                count_if(verdict = 0) copies, count_if(verdict > 0) verdicts
              from keyed where key is not null group by key
            ),
            categories as (
              select number, "offset", case
                  when verdicts > 1 or copies > 1 then 'doubled'
                  when copies = 0 then 'unread'
                  when verdicts = 0 and "offset" <= reached then 'missing'
                  when verdicts = 0 then 'pending' {verdict} end category
              from offsets join (values {reached}) positions (of, reached) on of = number
            )
            select number, category, count(*),
              min(if(category in ({", ".join(map(literal, FINDINGS))}), "offset"), {FIRST_FEW})
            from categories group by number, category"""
        tallied = self._rows(sql)
        keys: list[TopicPartition] = [partitions[row[0]] for row in tallied]
        return [Tally(*key, row[1], row[2], row[3] or []) for key, row in zip(keys, tallied, strict=True)]

    def gaps(self, partition: TopicPartition, within: Gap) -> Iterator[Gap]:
        """The offsets of the slice `within` that no table holds, ascending; read from Trino as they are asked for."""
        topic, number = partition
        sql = f"""
            select "from", "offset" from (
              select "offset", lag("offset", 1, {within.start - 1}) over (order by "offset") + 1 "from" from (
                select "offset" from ({self._offsets(within)})
                where topic = {literal(topic)} and "partition" = {number}
                union all values {within.end}
              )
            ) where "offset" > "from" order by "offset" """
        return (Gap(start, end) for start, end in self._session.stream(sql).rows)

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._session.query(sql).rows

    def _offsets(self, within: Gap | None = None) -> str:
        # The verdicts stand before Bronze, so that Trino fixes their versions first: while jobs run, Bronze may then
        # look newer than Silver (pending), never older.
        tables = [(code, self._judged[v]) for code, v in enumerate(VERDICTS, 1) if v in self._judged]
        tables += [(0, self._raw)] if self._raw else []
        where = f'where "offset" >= {within.start} and "offset" < {within.end}' if within else ""
        return " union all ".join(
            f'select topic, "partition", "offset", {code} verdict from {table} {where}' for code, table in tables
        )


def slices(extents: dict[TopicPartition, Extent]) -> list[Gap]:
    """The ranges of SLICE offsets that must be looked at, ascending: those into which some partition reaches."""
    numbers = {n for e in extents.values() for n in range(e.first // SLICE, (e.end - 1) // SLICE + 1)}
    return [Gap(n * SLICE, (n + 1) * SLICE) for n in sorted(numbers)]


def existing_tables(session: TrinoSession) -> set[str]:
    schemas = "'bronze_raw', 'silver', 'ops'"
    sql = f"select table_schema || '.' || table_name from information_schema.tables where table_schema in ({schemas})"
    return {name for (name,) in session.query(sql).rows}


def uncounted_payments(session: TrinoSession) -> dict[str, Any]:
    """Payments that add to no order: in another currency than their order's, or of an order that is not known."""
    payments, order_state = "silver.payments_clean", "silver.order_state"
    if not {payments, order_state} <= existing_tables(session):
        return _uncounted([])
    sql = f"""
        select s.order_ts is null, p.currency, p.status, count(*), sum(cast(p.amount as decimal(38, 4)))
        from (
            select order_id, event_id, min_by(currency, event_ts) as currency, min_by(status, event_ts) as status,
                min_by(amount, event_ts) as amount
            from {payments} group by 1, 2
        ) p left join {order_state} s on s.order_id = p.order_id
        where p.status in ('CAPTURED', 'REFUNDED') and (s.order_ts is null or s.currency <> p.currency)
        group by 1, 2, 3 order by 1, 2, 3"""
    return _uncounted(session.query(sql).rows)


def _uncounted(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    kinds: dict[bool, list[dict[str, Any]]] = defaultdict(list)
    for unknown, group in groupby(rows, key=lambda row: bool(row[0])):
        kinds[unknown] = [
            {"currency": currency, "status": status, "payments": count, "amount": amount or Decimal(0)}
            for _, currency, status, count, amount in group
        ]
    return {
        "other_currency_payments": sum(row["payments"] for row in kinds[False]),
        "other_currency": kinds[False],
        "unknown_order_payments": sum(row["payments"] for row in kinds[True]),
        "unknown_order": kinds[True],
    }
