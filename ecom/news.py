"""What a run has to do, asked of logs and offsets before anything slow starts: Spark takes seconds, dbt more.

What cannot be told counts as news.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ecom.base.layout import write_private
from ecom.base.settings import ROOT, Settings
from ecom.contracts.model import Contract
from ecom.lake.catalog import is_complete, known_to_trino
from ecom.lake.delta_log import DeltaLog
from ecom.lake.pending import bronze_is_pending, derived_is_pending, silver_is_pending
from ecom.lake.s3 import Bucket
from spark_jobs.derived import computable
from spark_jobs.registry import Lake, lake_of

PROJECT = ROOT / "dbt_project"


def spark_has_news(settings: Settings, contracts: Mapping[str, Contract], bronze: bool, silver: bool) -> bool:
    """Whether a table is to be made or widened, Kafka has what Bronze lacks (asked if `bronze`), or a table of Silver
    does not reflect those that it is made from (if `silver`). Raises EcomError when a service does not answer."""
    lake = lake_of(contracts)
    is_made = _read(settings).get("tables") == _of_tables(settings, lake)
    if not (is_made and is_complete(settings, lake.tables, lake.views)):
        return True
    asked = list[Callable[[], bool]]()
    if bronze:
        asked += [partial(bronze_is_pending, settings, one) for one in contracts.values()]
    if silver:
        asked += [partial(silver_is_pending, settings, one) for one in contracts.values()]
        able, _ = computable(contracts)
        asked += [partial(derived_is_pending, settings, one.table, one.sources(contracts)) for one in able]
    with ThreadPoolExecutor(max_workers=8) as pool:
        return any(pool.map(lambda ask: ask(), asked))


def gold_has_news(settings: Settings, reads: str) -> bool:
    """Whether a table that dbt reads or writes, or its project, is another than at the last good build here. `reads` is
    what `what_gold_reads` says now."""
    noted = _read(settings)
    is_known = noted.get("gold_from") == reads and noted.get("gold") == _marts_now(settings)
    return not (is_known and set(_marts()) <= known_to_trino(settings))


def what_gold_reads(settings: Settings, contracts: Mapping[str, Contract]) -> str:
    """dbt's project and the lake's tables as they are now, in one hash: ask before a build."""
    project = [(str(path.relative_to(PROJECT)), path.read_text(encoding="utf-8")) for path in _files()]
    return _hash([project, _states(settings, [str(table) for table in lake_of(contracts).tables])])


def note_tables(settings: Settings, contracts: Mapping[str, Contract]) -> None:
    """Every table has the columns that its contract says."""
    _write(settings, tables=_of_tables(settings, lake_of(contracts)))


def note_gold(settings: Settings, built_from: str) -> None:
    """Gold was built and its tests passed; `built_from` is what `what_gold_reads` said before."""
    _write(settings, gold=_marts_now(settings), gold_from=built_from)


def _of_tables(settings: Settings, lake: Lake) -> str:
    made = [(str(table), table.columns, sorted(table.properties.items())) for table in lake.tables]
    return _hash([settings.lakehouse_uri, str(settings.s3_endpoint), made, sorted(lake.views.items())])


def _marts_now(settings: Settings) -> str:
    return _hash(_states(settings, _marts()))


def _states(settings: Settings, names: Iterable[str]) -> list[str]:
    """Of each table its version and when that came: a table that was made anew may have an old one's number."""
    bucket = Bucket(settings)

    def state(name: str) -> str:
        log = DeltaLog(settings, name, bucket)
        return f"{name} {log.version} {log.last.at if log.last else None}"

    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(state, names))


def _marts() -> list[str]:
    return [f"gold.{path.stem}" for path in sorted((PROJECT / "models" / "gold").rglob("*.sql"))]


def _files() -> list[Path]:
    folders = ("models", "macros", "tests", "seeds", "snapshots")
    found = [path for folder in folders for path in (PROJECT / folder).rglob("*.*") if path.is_file()]
    return sorted([*found, *PROJECT.glob("*.yml")])


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _path(settings: Settings) -> Path:
    return settings.ecom_home / "run" / "reflected.json"


def _read(settings: Settings) -> dict[str, str]:
    try:
        content: dict[str, str] = json.loads(_path(settings).read_text(encoding="utf-8"))
        return content
    except (FileNotFoundError, ValueError):
        return {}


def _write(settings: Settings, **changed: str) -> None:
    write_private(_path(settings), json.dumps(_read(settings) | changed))
