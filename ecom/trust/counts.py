"""How many records each layer of a dataset holds: enough, and cheap, to see that rows are gone.

Trino answers the counts of whole tables from their logs. Sets of offsets, which would also see one lost and one
doubled, are the account's (`ecom account`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ecom.base.settings import Settings
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.tables import VERDICTS
from ecom.lake.trino import TrinoSession


@dataclass(frozen=True)
class Counts:
    """Of one dataset. `there`: rows in the tables of verdicts; `counted`: what the ledger says that Silver judged."""

    dataset: str
    received: int
    there: Mapping[str, int]
    counted: Mapping[str, int]

    @property
    def sentence(self) -> str:
        judged = ", ".join(f"{self.there[verdict]:,} {verdict}" for verdict in VERDICTS)
        waiting = max(self.received - sum(self.there.values()), 0)
        return f"{self.dataset}: {self.received:,} received: {judged}, {waiting:,} waiting"

    @property
    def holes(self) -> list[str]:
        """Rows that were judged and are no longer there, a sentence for each verdict."""
        return [
            f"{self.dataset}: {self.counted[verdict] - self.there[verdict]:,} {verdict} rows that Silver wrote are "
            "gone; type `ecom run silver`: it judges again what has no verdict."
            for verdict in VERDICTS
            if self.there[verdict] < self.counted[verdict]
        ]


def count_rows(settings: Settings, contracts: Mapping[str, Contract]) -> list[Counts]:
    """One question to Trino. Raises EcomError when it does not answer, or a table is not there."""
    if not contracts:
        return []
    # The ledger first: what it counts was written before.
    sql = " union all ".join(_of_dataset(contract) for contract in contracts.values())
    with TrinoSession(settings) as session:
        rows = session.query(sql).rows
    return [_counts(*row) for row in sorted(rows)]


def _counts(dataset: str, received: int, *numbers: int) -> Counts:
    counted, there = numbers[:3], numbers[3:]
    return Counts(dataset, received, dict(zip(VERDICTS, there, strict=True)), dict(zip(VERDICTS, counted, strict=True)))


def _of_dataset(contract: Contract) -> str:
    sums = ", ".join(f"coalesce(sum({verdict}), 0)" for verdict in VERDICTS)
    there = ", ".join(f"(select count(*) from {table})" for table in tables.verdicts(contract).values())
    received = f"(select count(*) from {tables.raw(contract.dataset)})"
    return f"select '{contract.dataset}', {received}, {sums}, {there} from {tables.ledger(contract.dataset)}"
