"""Compaction and VACUUM of the tables that Spark writes, each under the lock of the job that writes it.

    spark-submit spark_jobs/maintenance.py

Each commit carries the table's last note on, so that the jobs go on from their checkpoints as if nothing had been.
"""

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial

from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.retry import retry
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote
from ecom.lake.delta_log import DeltaLog
from ecom.lake.tables import Table
from spark_jobs import commits
from spark_jobs.derived import computable
from spark_jobs.job import main, one_writer

log = logging.getLogger(__name__)
WAIT_S = 1200.0  # for a run of a job that writes the table
VACUUM_LOGGED = "spark.databricks.delta.vacuum.logging.enabled"
BRONZE = "bronze_stream"
REFUSAL = "Maintenance (`ecom maintain`) is at these tables; wait for it to end."


def run(spark: SparkSession, settings: Settings) -> None:
    """All that Spark writes."""
    maintain_bronze(spark, settings)
    maintain_silver(spark, settings)


def maintain_bronze(spark: SparkSession, settings: Settings) -> None:
    """VACUUM commits nothing here, so it goes beside the stream. Compaction is the stream's own while that runs."""
    raw = (tables.raw(dataset) for dataset in load_datasets(settings))
    bronze = [table for table in raw if _is_there(settings, table)]
    try:
        with one_writer(settings, BRONZE, REFUSAL):
            for table in bronze:
                compact(spark, settings, table)
    except EcomError as error:
        log.info("Bronze is compacted by who writes it, only old files are removed here. %s", error)
    for table in bronze:
        vacuum(spark, settings, table, logged=False)


def maintain_silver(spark: SparkSession, settings: Settings, job_name: str | None = None) -> None:
    """The tables of one Silver job or of all. Waits for a run of it that is under way; it is refused meanwhile."""
    for job, written in silver_writers(load_datasets(settings)).items():
        if job_name not in (None, job):
            continue
        with ExitStack() as held:
            retry(partial(_hold, held, settings, job), WAIT_S)
            for table in written:
                if _is_there(settings, table):
                    compact(spark, settings, table)
                    vacuum(spark, settings, table)


def _hold(held: ExitStack, settings: Settings, job: str) -> None:
    held.enter_context(one_writer(settings, job, REFUSAL))


def silver_writers(contracts: Mapping[str, Contract]) -> dict[str, list[Table]]:
    """Job to the tables that it alone writes."""
    raw = {tables.raw(dataset) for dataset in contracts}
    judged = {
        f"silver_{name}": [table for table in tables.of_dataset(contract) if table not in raw]
        for name, contract in contracts.items()
    }
    return judged | {derived.job: [derived.table] for derived in computable(contracts)[0]}


def compact(spark: SparkSession, settings: Settings, table: Table) -> None:
    """Small files into few. A table whose last commit is nobody's of ours is left to its job, which must see that."""
    note = _note(settings, table)
    if note is None:
        return
    with commits.noted(spark, note):
        spark.sql(f"OPTIMIZE delta.`{table.path(settings)}`")
    log.info("compacted %s", table)


def vacuum(spark: SparkSession, settings: Settings, table: Table, logged: bool = True) -> None:
    """Remove files that the table has not held for the retention. `logged`: the history says that it was done."""
    path, note = table.path(settings), _note(settings, table)
    if note is None:
        return
    before = spark.conf.get(VACUUM_LOGGED)
    spark.conf.set(VACUUM_LOGGED, str(logged).lower())
    try:
        with commits.noted(spark, note):
            spark.sql(f"VACUUM delta.`{path}` RETAIN {settings.maintenance_retention_hours} HOURS")
    finally:
        spark.conf.set(VACUUM_LOGGED, before or "true")
    log.info("vacuumed %s", table)


def _is_there(settings: Settings, table: Table) -> bool:
    return DeltaLog(settings, str(table)).version >= 0


def _note(settings: Settings, table: Table) -> CommitNote | None:
    last = DeltaLog(settings, str(table)).last
    return last.note if last else None


if __name__ == "__main__":
    main("maintenance", run)
