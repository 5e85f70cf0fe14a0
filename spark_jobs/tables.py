"""How Spark makes the lake's tables."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from ecom.base.locks import locked
from ecom.base.settings import Settings
from ecom.lake.tables import GENERATION, ORDER_STATE, Table


def struct(table: Table) -> StructType:
    """The table's columns as Spark's type."""
    found = StructType.fromDDL(table.columns)
    assert isinstance(found, StructType)
    return found


def ensure(spark: SparkSession, settings: Settings, *tables: Table) -> None:
    """Create the tables that are not there, one process of this machine at a time: a stream and a job may both start
    on an empty lake. `order_state` gets its first generation."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        there = list(pool.map(lambda table: DeltaTable.isDeltaTable(spark, table.path(settings)), tables))
        missing = [table for table, is_there in zip(tables, there, strict=True) if not is_there]
        if missing:
            with locked(settings.ecom_home / "locks" / "tables.lock", lambda: None):
                list(pool.map(lambda table: _ensure(spark, table.path(settings), table), missing))


def _ensure(spark: SparkSession, path: str, table: Table) -> None:
    if DeltaTable.isDeltaTable(spark, path):
        return
    maker = DeltaTable.createIfNotExists(spark).location(path).addColumns(struct(table))
    for key, value in table.properties.items():
        maker = maker.property(key, value)
    if table == ORDER_STATE:
        maker = maker.property(GENERATION, str(uuid.uuid4()))
    if table.partitioned_by:
        maker = maker.partitionedBy(*table.partitioned_by)
    maker.execute()
