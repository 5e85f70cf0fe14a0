"""Which jobs have something to do? Asked of the tables' logs alone: a second or so, no Spark, no Trino."""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ecom.base.settings import Settings
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.delta_log import DeltaLog
from ecom.lake.s3 import Bucket
from ecom.lake.tables import Table


def bronze_is_pending(settings: Settings, contract: Contract) -> bool:
    """Whether the topic has committed records that Bronze did not receive, or is another than the one that Bronze has
    read. Raises EcomError when Kafka or S3 does not answer."""
    from ecom.lake.kafka import topic_state

    log = DeltaLog(settings, str(tables.raw(contract.dataset)))
    last, state = log.last, topic_state(settings, contract.topic)
    if last is None or last.is_foreign:
        return True
    note = log.newest_note()
    if note is None:
        return not last.is_first or any(state.stable.values())
    ends = note.kafka_ends()
    return note.topic_id != state.id or any(ends.get((state.name, p), 0) != end for p, end in state.stable.items())


def silver_is_pending(settings: Settings, contract: Contract) -> bool:
    """Whether a dataset has records in Bronze that Silver has not judged. What cannot be told counts as pending.
    Raises EcomError when S3 does not answer."""
    verdicts = tables.verdicts(contract).values()
    logs = _logs(settings, [*verdicts, tables.ledger(contract.dataset), tables.raw(contract.dataset)])
    *of_verdicts, ledger, raw = logs
    # Also after somebody restored or changed a table of verdicts: the job looks at all of Bronze then.
    if any(log.last is None or log.last.is_foreign for log in of_verdicts):
        return True
    return has_unread(ledger, [raw])


def derived_is_pending(settings: Settings, table: Table, clean: Sequence[Table]) -> bool:
    """Whether a derived table has not read all of the clean tables that it is made from."""
    made, *sources = _logs(settings, [table, *clean])
    return has_unread(made, sources)


def _logs(settings: Settings, of: Sequence[Table]) -> list[DeltaLog]:
    bucket = Bucket(settings)
    logs = [DeltaLog(settings, str(table), bucket) for table in of]
    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda log: log.last, logs))
    return logs


def data_version(settings: Settings, table: str) -> int:
    """The newest version of `schema.table` whose commit changed rows, which compaction and VACUUM do not; -1 when
    none did."""
    change = DeltaLog(settings, table).last_data_change
    return change.version if change else -1


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
