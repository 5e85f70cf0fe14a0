"""Derived tables: each a file of this folder that holds one `DERIVED`, kept up to date by spark_jobs/derive.py.

A file declares its table, the datasets that it reads with the columns that it needs of each, and one pure function
that serves the stream and the recomputation alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from pyspark.sql import DataFrame

from ecom.base.errors import EcomError, ExitCode
from ecom.contracts.model import Contract
from ecom.lake.tables import REVISION, Table, clean


@dataclass(frozen=True)
class Derived:
    """A table that is a pure function of clean tables.

    `reads`: datasets, the parameters of `rows` in order. `needs`: the columns that it uses of each. `rows`: clean
    tables to the table's rows, by an aggregation over `key`; `count` is a column of it that grows with each event of a
    key, and `months` a further column with the values of the table's partition column under which an older row of the
    key may lie (None where the table has no partitions). `views` are further views for Trino, by their names.
    A change of what `rows` computes needs another `revision`: the table is then computed anew.
    """

    table: Table
    reads: tuple[str, ...]
    needs: Mapping[str, frozenset[str]]
    rows: Callable[..., DataFrame]
    key: str
    count: str
    months: str | None = None
    views: Mapping[str, str] = field(default_factory=dict)
    revision: int = 1
    job_name: str | None = None
    path: Path = Path()

    def __post_init__(self) -> None:
        table = replace(self.table, properties=self.table.properties | {REVISION: str(self.revision)})
        object.__setattr__(self, "table", table)

    @property
    def job(self) -> str:
        """What its checkpoint, its lock and its commits are called."""
        return self.job_name or f"derive_{self.table.name}"

    def sources(self, contracts: Mapping[str, Contract]) -> list[Table]:
        """The clean tables that it is made from, in the order of `rows`."""
        return [clean(contracts[dataset]) for dataset in self.reads]

    def lacks(self, contracts: Mapping[str, Contract]) -> str | None:
        """Why it cannot be computed: a dataset without a contract, a contract without a field. File and line."""
        for dataset in self.reads:
            contract = contracts.get(dataset)
            if contract is None:
                line = _line_of(self.path, dataset)
                return f"{self.path}:{line}: {self.table} reads the dataset `{dataset}`, which has no contract."
            missing = sorted(self.needs.get(dataset, frozenset()) - contract.columns.keys())
            if missing:
                return (
                    f"{contract.path}:{contract.line}: `{dataset}` has no property `{missing[0]}`, which {self.table} "
                    "needs; map it, or leave that table out."
                )
        return None


@cache
def all_derived() -> tuple[Derived, ...]:
    """Every derived table, by the names of their files. Raises EcomError for a file without one."""
    return tuple(_derived(module.name) for module in sorted(iter_modules(__path__), key=lambda module: module.name))


def _derived(name: str) -> Derived:
    module = import_module(f"{__name__}.{name}")
    found = getattr(module, "DERIVED", None)
    if not isinstance(found, Derived):
        raise EcomError(f"{module.__file__}:1: holds no `DERIVED`; see CONTRIBUTING.md.", ExitCode.USAGE)
    object.__setattr__(found, "path", Path(str(module.__file__)))
    return found


def computable(contracts: Mapping[str, Contract]) -> tuple[list[Derived], list[str]]:
    """Those that the contracts allow, and why the others cannot be computed."""
    lacking = {derived.table: derived.lacks(contracts) for derived in all_derived()}
    return [d for d in all_derived() if lacking[d.table] is None], [why for why in lacking.values() if why]


def _line_of(path: Path, word: str) -> int:
    lines = path.read_text().splitlines() if path.is_file() else []
    return next((number for number, line in enumerate(lines, 1) if f'"{word}"' in line), 1)
