"""Which jobs have something to do? Asked of the tables' logs alone: a second or so, no Spark, no Trino."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ecom.base.settings import Settings
from ecom.lake import tables
from ecom.lake.delta_log import DeltaLog
from ecom.lake.s3 import Bucket
from ecom.lake.tables import SUBJECTS, Table


def pending(settings: Settings) -> frozenset[str]:
    """Of `silver_orders`, `silver_payments` and `silver_enrich` those with input that they have not read. What cannot
    be told counts as pending. Raises EcomError when S3 does not answer."""
    bucket = Bucket(settings)
    with ThreadPoolExecutor(max_workers=8) as pool:
        made = {table: DeltaLog(settings, str(table), bucket) for table in tables.all_tables()}
        list(pool.map(lambda log: log.last, made.values()))
    found = {f"silver_{s}" for s in SUBJECTS if _silver_is_pending(made, s)}
    clean = [made[tables.clean(subject)] for subject in SUBJECTS]
    if has_unread(made[tables.ORDER_STATE], clean):
        found.add("silver_enrich")
    return frozenset(found)


def data_version(settings: Settings, table: str) -> int:
    """The newest version of `schema.table` whose commit changed rows, which compaction and VACUUM do not; -1 when
    none did."""
    change = DeltaLog(settings, table).last_data_change
    return change.version if change else -1


def _silver_is_pending(made: dict[Table, DeltaLog], subject: str) -> bool:
    """Also after somebody restored or changed a table of verdicts: the job looks at all of Bronze then."""
    verdicts = (made[table].last for table in tables.judged(subject).values())
    if any(last is None or last.is_foreign for last in verdicts):
        return True
    return has_unread(made[tables.ledger(subject)], [made[tables.raw(subject)]])


def has_unread(sink: DeltaLog, sources: list[DeltaLog]) -> bool:
    """Whether a source changed after the position that the sink's last commit notes."""
    if sink.last is None or any(source.last is None for source in sources):
        return True
    if sink.last.note is None:  # new, and empty like its sources; or changed by others
        return not (sink.last.is_first and all(source.last_data_change is None for source in sources))
    offsets = sink.last.note.sources
    return len(offsets) != len(sources) or any(map(_is_past, sources, offsets))


def _is_past(source: DeltaLog, offset: str) -> bool:
    read = read_version(offset)
    if read is None or read > source.version:
        return True  # not a position in this table
    change = source.last_data_change
    return change is not None and change.version > read


def read_version(offset: str) -> int | None:
    """The newest version that a Delta source's end offset, such as `{"reservoirVersion": 8, "index": -1}`, has read
    whole; a negative index means that none of that version's files was read yet. None: it says no such thing."""
    try:
        content: dict[str, Any] = json.loads(offset)
        version = int(content["reservoirVersion"])
        return version - 1 if content["index"] < 0 else version
    except (ValueError, KeyError, TypeError):
        return None
