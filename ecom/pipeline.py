"""The jobs, once each, to the end of what is there now: what `ecom run` and the demo do."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from ecom.base.errors import EcomError, ExitCode
from ecom.base.progress import timed
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ecom.dbt.build import Run

log = logging.getLogger("ecom.pipeline")


class Stage(StrEnum):
    """What `ecom run` takes."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    ALL = "all"


def run(
    settings: Settings,
    stage: Stage,
    accept_loss: bool = False,
    rebuild: bool = False,
    with_holes: bool = False,
    again: bool = False,
) -> None:
    """Run one stage or all. Raises EcomError with one sentence; what was finished before it stays."""
    from ecom.engine import is_at_work, wait_for
    from ecom.lake.topics import ensure_topics
    from ecom.stack import ready
    from spark_jobs import class_data
    from spark_jobs.job import refuse_second

    contracts = load_datasets(settings)  # one that is not valid is refused before anything starts
    is_ordered = accept_loss or rebuild or again or with_holes
    if stage is not Stage.GOLD and not is_ordered and is_at_work(settings):
        wait_for(settings, silver=stage is not Stage.BRONZE, gold=stage is Stage.ALL)
        _tell_what_is_there(settings, contracts)
        return
    if stage in (Stage.BRONZE, Stage.ALL):
        refuse_second(settings, "bronze_stream")
        ready.check_kafka(settings)
        ensure_topics(settings)  # a missing topic is said before Spark takes its time to start
    ready.check_s3(settings)
    if stage is not Stage.BRONZE:
        ready.check_trino(settings)
    with_bronze, with_silver = stage in (Stage.BRONZE, Stage.ALL), stage in (Stage.SILVER, Stage.ALL)
    starts_spark = stage is not Stage.GOLD and (
        is_ordered or _spark_has_news(settings, contracts, with_bronze, with_silver)
    )
    if starts_spark:
        with spark_session(settings) as spark:
            make_tables(spark, settings)
            if with_bronze:
                run_bronze(spark, settings, accept_loss, again)
            if with_silver:
                run_silver(spark, settings, rebuild)
        _publish(settings, required=stage is not Stage.BRONZE)
    if stage is not Stage.BRONZE:
        _tell_what_is_there(settings, contracts)
    if stage in (Stage.GOLD, Stage.ALL):
        is_built = build_gold(settings, contracts, always=stage is Stage.GOLD or with_holes, with_holes=with_holes)
        if not is_built:
            log.info("Nothing is new for Gold.")
    is_local = settings.spark_master.startswith("local")  # a cluster's driver runs no tasks
    if stage is Stage.ALL and starts_spark and is_local:
        class_data.keep()


def _spark_has_news(settings: Settings, contracts: Mapping[str, Contract], bronze: bool, silver: bool) -> bool:
    """Asked of logs and offsets; without a Trino, Bronze goes on unasked."""
    from ecom.news import spark_has_news

    with timed("Looking for what is new"):
        try:
            found = spark_has_news(settings, contracts, bronze, silver)
        except EcomError:
            if silver:
                raise
            return True
    if not found:
        log.info("Nothing is new for %s.", " and ".join(["Bronze"] * bronze + ["Silver"] * silver))
    return found


def build_gold(
    settings: Settings,
    contracts: Mapping[str, Contract],
    always: bool = False,
    with_holes: bool = False,
    dbt: "Run | None" = None,
) -> bool:
    """Whether there was anything to build: unless `always`, only what dbt reads or writes and is another than at the
    last good build. `dbt`: what runs dbt, a process for this once unless given. Raises EcomError."""
    from ecom.dbt.build import run_gold
    from ecom.news import gold_has_news, note_gold, what_gold_reads

    reads = what_gold_reads(settings, contracts)
    if not always and not gold_has_news(settings, reads):
        return False
    with timed("Gold: dbt build"):
        run_gold(settings, with_holes, dbt)
    if not with_holes:
        note_gold(settings, reads)
    return True


def _tell_what_is_there(settings: Settings, contracts: Mapping[str, Contract]) -> None:
    """Logs each layer's count of records by dataset, which shows cheaply where rows are gone."""
    from ecom.lake import tables
    from ecom.lake.catalog import known_to_trino
    from ecom.trust.counts import count_rows

    if not {str(table) for table in tables.of_datasets(contracts.values())} <= known_to_trino(settings):
        log.info("Silver's tables are not all there yet; `ecom run silver` makes them.")
        return
    for counts in count_rows(settings, contracts):
        log.info("%s", counts.sentence)
        for hole in counts.holes:
            log.warning("%s", hole)


def _publish(settings: Settings, required: bool) -> None:
    """Tell Trino of new tables. Bronze goes on without a Trino: the next run tells it."""
    try:
        publish_lake(settings)
    except EcomError as error:
        if required:
            raise
        log.warning("Trino was not told of new tables, the next run does it: %s", error)


def publish_lake(settings: Settings) -> None:
    """Trino learns of tables that it does not know, and of the views."""
    from ecom.lake.catalog import publish
    from spark_jobs.registry import lake_of

    lake = lake_of(load_datasets(settings))
    publish(settings, lake.tables, lake.views)


def lake_is_complete(settings: Settings) -> bool:
    """True when Trino knows every table and view."""
    from ecom.lake.catalog import is_complete
    from spark_jobs.registry import lake_of

    lake = lake_of(load_datasets(settings))
    return is_complete(settings, lake.tables, lake.views)


def run_bronze(spark: "SparkSession", settings: Settings, accept_loss: bool = False, again: bool = False) -> None:
    """Sources to Bronze, every dataset."""
    from spark_jobs import bronze_stream
    from spark_jobs.job import one_writer

    with timed("Bronze: Kafka to bronze_raw"), one_writer(settings, "bronze_stream"):
        bronze_stream.run(spark, settings, accept_loss=accept_loss, again=again)


def run_silver(spark: "SparkSession", settings: Settings, rebuild: bool = False) -> None:
    """Bronze to the clean tables, then what is derived from them. What cannot be derived is told, and holds up no
    other."""
    from spark_jobs import derive, silver
    from spark_jobs.derived import computable
    from spark_jobs.job import one_writer

    contracts = load_datasets(settings)
    with timed("Silver: clean, duplicates, quarantine"), ExitStack() as held:
        for dataset in contracts:
            held.enter_context(one_writer(settings, f"silver_{dataset}"))
        silver.run(spark, settings, *contracts.values())
    able, refused = computable(contracts)
    for derived in able:
        with timed(f"Silver: {derived.table.name}"), one_writer(settings, derived.job):
            (derive.rebuild if rebuild else derive.run)(spark, settings, derived, contracts)
    for why in refused:
        log.warning("%s", why)


DOUBLED = "doubled"


def maintain(settings: Settings, part: str) -> None:
    """Compaction and VACUUM of a stage's tables, of all, or of those that one job of Silver writes; or, for `doubled`,
    one of each offset that stands twice. Raises EcomError with one sentence."""
    from ecom.dbt.build import maintain_gold
    from ecom.stack import ready
    from spark_jobs import maintenance, repair

    jobs = list(maintenance.silver_writers(load_datasets(settings)))
    known = (*Stage, *jobs, DOUBLED)
    if part not in known:
        raise EcomError(f"There is nothing named {part} to maintain: {', '.join(known)}.", ExitCode.USAGE)
    ready.check_s3(settings)
    if part == DOUBLED:
        with spark_session(settings) as spark, timed("Lake: one of each offset that stands twice"):
            repair.leave_one_of_each(spark, settings)
        return
    if part in ("gold", "all"):
        ready.check_trino(settings)
    if part != "gold":
        with spark_session(settings) as spark:
            if part in ("bronze", "all"):
                with timed("Bronze: maintenance"):
                    maintenance.maintain_bronze(spark, settings)
            if part != "bronze":
                with timed("Silver: maintenance"):
                    maintenance.maintain_silver(spark, settings, part if part in jobs else None)
    if part in ("gold", "all"):
        with timed("Gold: maintenance"):
            maintain_gold(settings)


def make_tables(spark: "SparkSession", settings: Settings) -> None:
    """Every table, empty where it is new: then SQL, the account and dbt work before the first event."""
    from ecom.news import note_tables
    from spark_jobs.registry import lake_of
    from spark_jobs.tables import ensure

    contracts = load_datasets(settings)
    ensure(spark, settings, *lake_of(contracts).tables)
    note_tables(settings, contracts)


def prepare_lake(settings: Settings) -> None:
    """Make every table, empty, and tell Trino."""
    with timed("Lake: making its tables"), spark_session(settings) as spark:
        make_tables(spark, settings)
    publish_lake(settings)


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
