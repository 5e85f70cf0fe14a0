"""Bronze to Silver, dataset by dataset: every record gets one verdict, once, and keeps it.

    spark-submit spark_jobs/silver.py orders

Written in this order: quarantine, duplicates, clean, ledger. The ledger closes a micro-batch: past its last offset
nothing is judged yet; where a run ended between these writes, the next one keeps the verdicts that it finds. So nothing
doubles and no verdict changes, however often, and from whatever checkpoint, a micro-batch runs.
"""

import logging
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.query import StreamingQuery

from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.commit_note import Position, flat
from ecom.lake.delta_log import Commit, DeltaLog
from ecom.lake.pending import read_version
from spark_jobs.checkpoints import choose_checkpoint
from spark_jobs.job import main
from spark_jobs.silver_sink import SilverSink, Start
from spark_jobs.streams import WHOLE_PREFIX, CheckpointLostError, UpstreamChangedError, finish
from spark_jobs.tables import ensure

log = logging.getLogger(__name__)


def run(spark: SparkSession, settings: Settings, *contracts: Contract) -> None:
    """Judge what Bronze holds now of these datasets, to its end."""
    ensure(spark, settings, *tables.of_datasets(contracts))
    try:
        finish([start(spark, settings, contract) for contract in contracts])
    except (UpstreamChangedError, CheckpointLostError) as error:
        log.info("All of Bronze is looked at again: %s", error)
        finish([start(spark, settings, contract, trusted=False) for contract in contracts])


def start(spark: SparkSession, settings: Settings, contract: Contract, trusted: bool = True) -> StreamingQuery:
    """The streaming query of one dataset, to the end of what is there now; all of Bronze when the ledger's word is
    not `trusted`. What has a verdict keeps it either way."""
    began = where_to_start(spark, settings, contract, trusted)
    note = None if began.looks_at_all else began.ledger.note
    checkpoint = choose_checkpoint(settings, f"silver_{contract.dataset}", note)
    source = spark.readStream.format("delta").options(**WHOLE_PREFIX)
    return (
        source.load(tables.raw(contract.dataset).path(settings)).writeStream.queryName(checkpoint.job)
        .foreachBatch(SilverSink(settings, contract, checkpoint, began))
        .option("checkpointLocation", checkpoint.path)
        .trigger(availableNow=True)
        .start()
    )  # fmt: skip


def where_to_start(spark: SparkSession, settings: Settings, contract: Contract, trusted: bool = True) -> Start:
    """By the ledger, where its word can be trusted: it cannot where a table of verdicts or Bronze was made anew,
    restored or changed by others since."""
    ledger = DeltaLog(settings, str(tables.ledger(contract.dataset)))
    verdicts = {name: DeltaLog(settings, str(table)) for name, table in tables.verdicts(contract).items()}
    last = ledger.last
    assert last is not None, "ensure() made it"
    trusted = trusted and not is_changed(last, verdicts) and not _bronze_is_another(settings, contract, last)
    is_interrupted = not trusted or not all(is_closed(log.last, last) for log in verdicts.values())
    counted: Position = {} if last.is_first else _counted(spark, settings, contract, last)
    return Start(last, counted if trusted else {}, counted, is_interrupted, looks_at_all=not trusted)


def is_changed(ledger: Commit, verdicts: dict[str, DeltaLog]) -> bool:
    """Whether others changed a table of verdicts since the ledger was last written: a delete by hand, a restore, a
    table that was dropped and is there again, empty."""
    closed = ledger.note.versions if ledger.note else None
    if closed is None:  # new, or written by an older release
        return any(log.last is None or log.last.is_foreign for log in verdicts.values())
    return any(log.changed_by_others(closed[name]) for name, log in verdicts.items())


def is_closed(commit: Commit | None, ledger: Commit) -> bool:
    """Whether a table of verdicts holds none that the ledger does not count yet, by their last commits: a run that
    ended in between leaves there a micro-batch that is past the ledger's, or another checkpoint's."""
    if commit is None or commit.is_first:
        return True
    if commit.note is None or ledger.note is None:
        return not commit.changes_data and ledger.is_first
    return commit.note.checkpoint_id == ledger.note.checkpoint_id and commit.note.batch_id <= ledger.note.batch_id


def _bronze_is_another(settings: Settings, contract: Contract, ledger: Commit) -> bool:
    """Bronze stands before the version that the ledger has read: it was made anew, or restored. Or it received records
    again that come before what is judged."""
    read = read_version(ledger.note.sources[0]) if ledger.note and ledger.note.sources else None
    if read is None:
        return False
    bronze = DeltaLog(settings, str(tables.raw(contract.dataset)))
    notes = (commit.note for v in range(read + 1, bronze.version + 1) if (commit := bronze.commit(v)))
    return bronze.version < read or any(note is not None and note.again for note in notes)


def _counted(spark: SparkSession, settings: Settings, contract: Contract, ledger: Commit) -> Position:
    """The offset after the last one judged, by topic and partition."""
    if ledger.note is not None and ledger.note.judged is not None:
        return flat(ledger.note.judged)
    rows = spark.read.format("delta").load(tables.ledger(contract.dataset).path(settings))
    greatest = rows.groupBy("topic", "partition").agg(F.max("last_offset"))
    return {(row[0], row[1]): row[2] + 1 for row in greatest.collect()}


def main_of(dataset: str) -> None:
    """Entry point for `spark-submit`."""
    main(f"silver_{dataset}", lambda spark, settings: run(spark, settings, load_datasets(settings)[dataset]))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: silver.py DATASET, such as orders")
    main_of(sys.argv[1])
