"""How fresh each layer is, by the logs of its tables and Kafka's offsets: no table is read, however long it is."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote, flat
from ecom.lake.delta_log import DeltaLog
from ecom.lake.pending import has_unread, read_version
from ecom.lake.s3 import Bucket
from ecom.lake.tables import Table
from spark_jobs.derived import computable

GOLD = "gold.fct_sales_minute"


@dataclass(frozen=True)
class Layer:
    """`written`: when rows of it last changed, None: it has none. `since`: when the oldest of what waits for it came
    into the layer before it, None: nothing waits. `behind`: how many offsets (of Bronze) or records (of Silver) wait,
    None: not known, or not counted. `held_back`: those of them that wait for an open transaction to end."""

    name: str
    written: datetime | None
    since: datetime | None = None
    behind: int | None = None
    held_back: int = 0


@dataclass(frozen=True)
class Layers:
    """`derived`: when a derived table last changed, which is what Gold is built from."""

    bronze: Layer
    silver: Layer
    gold: Layer
    derived: datetime | None

    def __iter__(self) -> Iterator[Layer]:
        return iter((self.bronze, self.silver, self.gold))


def layers(settings: Settings) -> Layers:
    """Silver is what is derived, and the clean tables from which nothing is. What waits for Gold is not looked at: its
    builds say that. Raises EcomError when S3 does not answer."""
    contracts = load_datasets(settings)
    able, _ = computable(contracts)
    logs = _Logs(settings)
    raw = {name: logs.of(tables.raw(name)) for name in contracts}
    clean = {name: logs.of(tables.clean(contract)) for name, contract in contracts.items()}
    ledgers = {name: logs.of(tables.ledger(name)) for name in contracts}
    derived = {one.table: logs.of(one.table) for one in able}
    gold = logs.named(GOLD)
    logs.look()
    used = {dataset for one in able for dataset in one.reads}
    silver = [*derived.values(), *(log for name, log in clean.items() if name not in used)]
    since = [_waits_since(ledgers[name], [raw[name]]) for name in contracts]
    since += [_waits_since(derived[one.table], [clean[name] for name in one.reads]) for one in able]
    behind, held_back = _lag(settings)
    return Layers(
        Layer("bronze", _newest(raw.values()), None, behind, held_back),
        Layer(
            "silver",
            _newest(silver),
            min((at for at in since if at), default=None),
            sum(_unjudged(raw[name], ledgers[name]) for name in contracts),
        ),
        Layer("gold", _newest([gold])),
        _newest(derived.values()),
    )


class _Logs:
    """Reads the Delta logs of several tables at the same time."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._bucket = settings, Bucket(settings)
        self._all: list[DeltaLog] = []

    def of(self, table: Table) -> DeltaLog:
        return self.named(str(table))

    def named(self, table: str) -> DeltaLog:
        self._all.append(DeltaLog(self._settings, table, self._bucket))
        return self._all[-1]

    def look(self) -> None:
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda log: log.last_data_change, self._all))


def _newest(logs: Iterable[DeltaLog]) -> datetime | None:
    changes = (log.last_data_change for log in logs)
    return max((change.at for change in changes if change and change.at), default=None)


def _waits_since(sink: DeltaLog, sources: list[DeltaLog]) -> datetime | None:
    """When the oldest commit was made that the sink has not read yet; None where it has read all."""
    if not has_unread(sink, sources):
        return None
    note = sink.last.note if sink.last else None
    read = [read_version(offset) for offset in note.sources] if note else []
    read += [None] * (len(sources) - len(read))
    firsts = [source.first_data_change(-1 if at is None else at) for source, at in zip(sources, read, strict=True)]
    return min((first.at for first in firsts if first and first.at), default=None)


def _unjudged(raw: DeltaLog, ledger: DeltaLog) -> int:
    """Records that Bronze has and the ledger's last run did not read."""
    if not has_unread(ledger, [raw]):
        return 0
    received, judged = raw.newest_note(), ledger.newest_note()
    version = read_version(judged.sources[0]) if judged and judged.sources else None
    then = raw.newest_note(at=version) if version is not None else None
    return max(_rows(received) - _rows(then), 0)


def _rows(note: CommitNote | None) -> int:
    return sum(flat(note.rows).values()) if note else 0


def _lag(settings: Settings) -> tuple[int | None, int]:
    """Offsets that wait for Bronze, and those of them in open transactions; None while Kafka does not answer, or a
    topic is not there."""
    from ecom.trust.watch import behind, held_back, sample

    try:
        seen = sample(settings)
    except EcomError:
        return None, 0  # Kafka's own line says that it does not answer
    return behind(seen), held_back(seen)
