"""The jobs, once each, to the end of what is there now: what `ecom run` and the demo do."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from ecom.base.errors import EcomError
from ecom.base.progress import timed
from ecom.base.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger("ecom.pipeline")


class Stage(StrEnum):
    """What `ecom run` takes."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    ALL = "all"


def run(settings: Settings, stage: Stage, accept_loss: bool = False, rebuild: bool = False) -> None:
    """Run one stage or all. Raises EcomError with one sentence; what was finished before it stays."""
    from ecom.contracts import load_contracts
    from ecom.lake.topics import ensure_topics
    from ecom.stack import ready
    from spark_jobs import class_data
    from spark_jobs.job import refuse_second

    if stage in (Stage.BRONZE, Stage.ALL):
        refuse_second(settings, "bronze_stream")
        ready.check_kafka(settings)
        ensure_topics(settings)  # a missing topic is said before Spark takes its time to start
    ready.check_s3(settings)
    if stage is not Stage.BRONZE:
        ready.check_trino(settings)
    load_contracts(settings.ecom_contracts)  # a contract that is not valid is refused before anything starts
    if stage is not Stage.GOLD:
        with spark_session(settings) as spark:
            make_tables(spark, settings)
            if stage is not Stage.SILVER:
                run_bronze(spark, settings, accept_loss)
            if stage is not Stage.BRONZE:
                run_silver(spark, settings, rebuild)
        _publish(settings, required=stage is not Stage.BRONZE)
    if stage in (Stage.GOLD, Stage.ALL):
        from ecom.dbt.build import run_gold

        with timed("Gold: dbt build"):
            run_gold(settings)
    if stage is Stage.ALL and settings.spark_master.startswith("local"):  # a cluster's driver runs no tasks
        class_data.keep()


def _publish(settings: Settings, required: bool) -> None:
    """Tell Trino of new tables. Bronze goes on without a Trino: the next run tells it."""
    from ecom.lake.catalog import publish

    try:
        publish(settings)
    except EcomError as error:
        if required:
            raise
        log.warning("Trino was not told of new tables, the next run does it: %s", error)


def run_bronze(spark: "SparkSession", settings: Settings, accept_loss: bool = False) -> None:
    """Kafka to Bronze, both topics."""
    from spark_jobs import bronze_stream
    from spark_jobs.job import one_writer

    with timed("Bronze: Kafka to bronze_raw"), one_writer(settings, "bronze_stream"):
        bronze_stream.run(spark, settings, accept_loss)


def run_silver(spark: "SparkSession", settings: Settings, rebuild: bool = False) -> None:
    """Bronze to the clean tables, then the order state."""
    from ecom.lake import tables
    from spark_jobs import silver, silver_enrich
    from spark_jobs.job import one_writer

    orders, payments = (one_writer(settings, f"silver_{subject}") for subject in tables.SUBJECTS)
    with timed("Silver: clean, duplicates, quarantine"), orders, payments:
        silver.run(spark, settings, *tables.SUBJECTS)
    with timed("Silver: order_state"), one_writer(settings, "silver_enrich"):
        (silver_enrich.rebuild if rebuild else silver_enrich.run)(spark, settings)


class Upkeep(StrEnum):
    """What `ecom maintain` takes: a stage's tables, or those of one Silver job."""

    BRONZE = "bronze"
    SILVER = "silver"
    SILVER_ORDERS = "silver_orders"
    SILVER_PAYMENTS = "silver_payments"
    SILVER_ENRICH = "silver_enrich"
    GOLD = "gold"
    ALL = "all"


def maintain(settings: Settings, part: Upkeep) -> None:
    """Compaction and VACUUM of these tables. Raises EcomError with one sentence."""
    from ecom.dbt.build import maintain_gold
    from ecom.stack import ready
    from spark_jobs import maintenance

    ready.check_s3(settings)
    if part in (Upkeep.GOLD, Upkeep.ALL):
        ready.check_trino(settings)
    if part is not Upkeep.GOLD:
        with spark_session(settings) as spark:
            if part in (Upkeep.BRONZE, Upkeep.ALL):
                with timed("Bronze: maintenance"):
                    maintenance.maintain_bronze(spark, settings)
            if part is not Upkeep.BRONZE:
                job = part.value if part.value in maintenance.silver_writers() else None
                with timed("Silver: maintenance"):
                    maintenance.maintain_silver(spark, settings, job)
    if part in (Upkeep.GOLD, Upkeep.ALL):
        with timed("Gold: maintenance"):
            maintain_gold(settings)


def make_tables(spark: "SparkSession", settings: Settings) -> None:
    """Every table, empty where it is new: then SQL, the account and dbt work before the first event."""
    from ecom.lake import tables
    from spark_jobs.tables import ensure

    ensure(spark, settings, *tables.all_tables())


def prepare_lake(settings: Settings) -> None:
    """Make every table, empty, and tell Trino."""
    from ecom.lake.catalog import publish

    with timed("Lake: making its tables"), spark_session(settings) as spark:
        make_tables(spark, settings)
    publish(settings)


@contextmanager
def spark_session(settings: Settings) -> Iterator["SparkSession"]:
    """A session that ends with the block, so that its memory is free for what comes next."""
    from spark_jobs.session import build_session

    with timed("Spark: starting"):
        spark = build_session(settings, "ecom")
    try:
        yield spark
    finally:
        spark.stop()
