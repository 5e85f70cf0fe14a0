"""All that the lake holds, by the contracts: every table that Spark writes, and every view over them."""

from collections.abc import Mapping
from dataclasses import dataclass

from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.tables import Table
from spark_jobs.current import current_view
from spark_jobs.derived import computable

# What several jobs write is one table a dataset, and one view of the common name.
_JOINED = {
    "silver.quarantine": tables.quarantine,
    "silver.duplicates": tables.duplicates,
    "ops.batch_ledger": tables.ledger,
}


@dataclass(frozen=True)
class Lake:
    """`views`: `schema.name` to the query."""

    tables: list[Table]
    views: dict[str, str]


def lake_of(contracts: Mapping[str, Contract]) -> Lake:
    """Tables and views of the datasets, and of the derived tables that they allow."""
    able, _ = computable(contracts)
    made = [*tables.of_datasets(contracts.values()), *(derived.table for derived in able)]
    views = {
        view: " union all ".join(f"select * from delta.{of(dataset)}" for dataset in contracts)
        for view, of in _JOINED.items()
    }
    for contract in contracts.values():
        if contract.keep == "latest":
            views[f"silver.{contract.dataset}_current"] = current_view(contract)
    for derived in able:
        views |= derived.views
    return Lake(made, views)
