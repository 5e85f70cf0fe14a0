"""Compaction and VACUUM of the tables that Spark writes, each under the lock of the job that writes it.

    spark-submit spark_jobs/maintenance.py

Each commit carries the table's last note on, so that the jobs go on from their checkpoints as if nothing had been.
"""

import logging
from contextlib import ExitStack
from functools import partial

from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.retry import patiently
from ecom.base.settings import Settings
from ecom.lake import tables
from ecom.lake.tables import Table
from spark_jobs import commits
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
    bronze = [table for table in map(tables.raw, tables.SUBJECTS) if _is_there(spark, settings, table)]
    try:
        with one_writer(settings, BRONZE, REFUSAL):
            for table in bronze:
                compact(spark, table.path(settings))
    except EcomError as error:
        log.info("Bronze is compacted by who writes it, only old files are removed here. %s", error)
    for table in bronze:
        vacuum(spark, settings, table, logged=False)


def maintain_silver(spark: SparkSession, settings: Settings, job_name: str | None = None) -> None:
    """The tables of one Silver job or of all. Waits for a run of it that is under way; it is refused meanwhile."""
    for job, written in silver_writers().items():
        if job_name not in (None, job):
            continue
        with ExitStack() as held:
            patiently(partial(_hold, held, settings, job), WAIT_S)
            for table in written:
                if _is_there(spark, settings, table):
                    compact(spark, table.path(settings))
                    vacuum(spark, settings, table)


def _hold(held: ExitStack, settings: Settings, job: str) -> None:
    held.enter_context(one_writer(settings, job, REFUSAL))


def silver_writers() -> dict[str, list[Table]]:
    """Job to the tables that it alone writes."""
    made = (tables.quarantine, tables.duplicates, tables.clean, tables.ledger)
    verdicts = {f"silver_{subject}": [make(subject) for make in made] for subject in tables.SUBJECTS}
    return verdicts | {"silver_enrich": [tables.ORDER_STATE]}


def compact(spark: SparkSession, path: str) -> None:
    """Small files into few. A table whose last commit is nobody's of ours is left to its job, which must see that."""
    note = commits.last_commit(spark, path).note
    if note is None:
        return
    with commits.noted(spark, note):
        spark.sql(f"OPTIMIZE delta.`{path}`")
    log.info("compacted %s", path)


def vacuum(spark: SparkSession, settings: Settings, table: Table, logged: bool = True) -> None:
    """Remove files that the table has not held for the retention. `logged`: the history says that it was done."""
    path = table.path(settings)
    note = commits.last_commit(spark, path).note
    if note is None:
        return
    before = spark.conf.get(VACUUM_LOGGED)
    spark.conf.set(VACUUM_LOGGED, str(logged).lower())
    try:
        with commits.noted(spark, note):
            spark.sql(f"VACUUM delta.`{path}` RETAIN {settings.maintenance_retention_hours} HOURS")
    finally:
        spark.conf.set(VACUUM_LOGGED, before or "true")
    log.info("vacuumed %s", path)


def _is_there(spark: SparkSession, settings: Settings, table: Table) -> bool:
    return commits.newest_version(spark, table.path(settings)) >= 0


if __name__ == "__main__":
    main("maintenance", run)
