"""Offsets that stand twice: in Bronze, or with two verdicts. One of each stays; what rests on them is computed anew.

They come from two drivers on one table, which nothing here starts. Each table is written under the lock of its job.
"""

import logging

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.tables import Table
from spark_jobs.job import one_writer
from spark_jobs.tables import ensure

log = logging.getLogger(__name__)
PLACE = ["topic", "partition", "offset"]


def leave_one_of_each(spark: SparkSession, settings: Settings) -> int:
    """Every dataset. Returns how many rows were taken. The next runs find tables changed by others, and look at all of
    them again."""
    taken = 0
    for contract in load_datasets(settings).values():
        ensure(spark, settings, *tables.of_dataset(contract))
        with one_writer(settings, "bronze_stream"):
            taken += _leave_one(spark, settings, tables.raw(contract.dataset))
        with one_writer(settings, f"silver_{contract.dataset}"):
            taken += _leave_one_verdict(spark, settings, contract)
    log.info("%s rows that stood twice were taken", f"{taken:,}")
    return taken


def _leave_one_verdict(spark: SparkSession, settings: Settings, contract: Contract) -> int:
    """First within each table; then, of several verdicts of one offset, clean stays before duplicate before
    quarantined: what was counted stays counted."""
    verdicts = list(tables.verdicts(contract).values())
    taken = sum(_leave_one(spark, settings, table) for table in verdicts)
    for rank, table in enumerate(verdicts):
        for better in verdicts[:rank]:
            kept = spark.read.format("delta").load(better.path(settings)).select(*PLACE)
            taken += _delete(spark, settings, table, kept)
    return taken


def _leave_one(spark: SparkSession, settings: Settings, table: Table) -> int:
    """One commit that writes the doubled offsets again, once."""
    path = table.path(settings)
    rows = spark.read.format("delta").load(path)
    twice = rows.groupBy(*PLACE).count().where("count > 1").select(*PLACE).localCheckpoint()
    found = twice.collect()
    if not found:
        return 0
    first = Window.partitionBy(*PLACE).orderBy(F.lit(1))
    doubled = rows.join(twice, PLACE).localCheckpoint()
    once = doubled.withColumn("_n", F.row_number().over(first)).where("_n = 1").select(*rows.columns)
    offsets = ", ".join(sorted({str(row["offset"]) for row in found}))
    # Offsets of other partitions are written again as they are.
    same = rows.where(f"offset in ({offsets})").join(twice, PLACE, "left_anti").unionByName(once).localCheckpoint()
    same.write.format("delta").mode("overwrite").option("replaceWhere", f"offset in ({offsets})").save(path)
    count: int = doubled.count() - len(found)
    log.info("%s: %s rows of %s offsets stood twice", table, f"{count:,}", f"{len(found):,}")
    return count


def _delete(spark: SparkSession, settings: Settings, table: Table, places: DataFrame) -> int:
    """Takes the rows of these places, in one commit."""
    path = table.path(settings)
    doubled = spark.read.format("delta").load(path).select(*PLACE).join(places, PLACE, "left_semi").distinct()
    doubled = doubled.localCheckpoint()
    count = doubled.count()
    if count:
        same = " and ".join(f"found.{name} = doubled.{name}" for name in PLACE)
        merge = DeltaTable.forPath(spark, path).alias("found").merge(doubled.alias("doubled"), same)
        merge.whenMatchedDelete().execute()
        log.info("%s: %s offsets have a verdict elsewhere", table, f"{count:,}")
    return count
