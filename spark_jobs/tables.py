"""How Spark makes the lake's tables, and how a table gets the columns that its contract gained."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql.types import ArrayType, DataType, StructField, StructType

from ecom.base.errors import EcomError, ExitCode
from ecom.base.locks import locked
from ecom.base.settings import Settings
from ecom.lake.delta_log import DeltaLog
from ecom.lake.tables import GENERATION, Table


def struct(table: Table) -> StructType:
    """The table's columns as Spark's type."""
    found = StructType.fromDDL(table.columns)
    assert isinstance(found, StructType)
    return found


def ensure(spark: SparkSession, settings: Settings, *tables: Table) -> None:
    """Make the tables that are not there, and add the columns that one lacks, one process of this machine at a time: a
    stream and a job may both start on an empty lake.

    Raises EcomError (usage) where a column is of another type than the contract says: nothing is written then.
    """
    with ThreadPoolExecutor(max_workers=4) as pool:
        there = list(pool.map(lambda table: DeltaLog(settings, str(table)).version >= 0, tables))
        missing = [table for table, is_there in zip(tables, there, strict=True) if not is_there]
        kept = [table for table, is_there in zip(tables, there, strict=True) if is_there]
        lacking = [found for found in pool.map(lambda table: _lacking(spark, settings, table), kept) if found[1]]
        if missing or lacking:
            with locked(settings.ecom_home / "locks" / "tables.lock", lambda: None):
                list(pool.map(lambda table: _make(spark, settings, table), missing))
                list(pool.map(lambda found: _add(spark, settings, *found), lacking))


def _make(spark: SparkSession, settings: Settings, table: Table) -> None:
    maker = DeltaTable.createIfNotExists(spark).location(table.path(settings)).addColumns(struct(table))
    for key, value in (table.properties | {GENERATION: str(uuid.uuid4())}).items():
        maker = maker.property(key, value)
    if table.partitioned_by:
        maker = maker.partitionedBy(*table.partitioned_by)
    maker.execute()


def _lacking(spark: SparkSession, settings: Settings, table: Table) -> tuple[Table, list[str]]:
    """The columns, as DDL, that the table does not have; those within arrays of structs too."""
    stored = spark.read.format("delta").load(table.path(settings)).schema
    lacking, unfit = list[str](), list[str]()
    _compare(stored, struct(table), "", lacking, unfit)
    if unfit:
        sentence = (
            f"Table {table} no longer fits its contract: {'; '.join(unfit)}. Nothing was written. Give the field in "
            "the contract its old type, or map the new one to a column of another name."
        )
        raise EcomError(sentence, ExitCode.USAGE)
    return table, lacking


def _compare(stored: StructType, wanted: StructType, prefix: str, lacking: list[str], unfit: list[str]) -> None:
    known = {field.name: field for field in stored.fields}
    for field in wanted.fields:
        name = f"{prefix}{field.name}"
        if field.name not in known:
            lacking.append(f"{name} {field.dataType.simpleString()}")
            continue
        inner, inner_stored = _members(field), _members(known[field.name])
        if inner is not None and inner_stored is not None:
            _compare(inner_stored, inner, f"{name}.element.", lacking, unfit)
        elif _plain(field.dataType) != _plain(known[field.name].dataType):
            is_now, was = field.dataType.simpleString(), known[field.name].dataType.simpleString()
            unfit.append(f"column {name} is {was} there and {is_now} in the contract")


def _members(field: StructField) -> StructType | None:
    """Of an array of structs."""
    kind = field.dataType
    return kind.elementType if isinstance(kind, ArrayType) and isinstance(kind.elementType, StructType) else None


def _plain(kind: DataType) -> str:
    return kind.simpleString()


def _add(spark: SparkSession, settings: Settings, table: Table, columns: list[str]) -> None:
    spark.sql(f"ALTER TABLE delta.`{table.path(settings)}` ADD COLUMNS ({', '.join(_quoted(columns))})")


def _quoted(columns: list[str]) -> Iterator[str]:
    for column in columns:
        name, kind = column.split(" ", 1)
        yield f"{'.'.join(f'`{part}`' for part in name.split('.'))} {kind}"
