"""The latest row of each key, for a dataset whose contract keeps it.

Rows of a deleted key stay, marked: an older event that comes late must not bring the key back. The view
`silver.<dataset>_current` shows those that are not deleted.
"""

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from ecom.base.settings import Settings
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote
from spark_jobs import commits
from spark_jobs.tables import struct

_ORDER = ("event_ts", "offset", "partition")


def keep_latest(settings: Settings, contract: Contract, accepted: DataFrame, note: CommitNote) -> None:
    """Merge accepted events, whatever their order, into the dataset's table of the latest."""
    spark, table = accepted.sparkSession, tables.latest(contract)
    columns = [field.name for field in struct(table).fields]
    rows = newest_of_each(accepted, contract.key).withColumn("updated_ts", F.current_timestamp()).select(*columns)
    target = DeltaTable.forPath(spark, table.path(settings)).alias("t")
    with commits.noted(spark, note):
        (
            target.merge(rows.alias("s"), same_key(contract.key))
            .whenMatchedUpdate(_is_newer(), set={name: F.col(f"s.{name}") for name in columns})
            .whenNotMatchedInsert(values={name: F.col(f"s.{name}") for name in columns})
            .execute()
        )


def newest_of_each(events: DataFrame, key: tuple[str, ...]) -> DataFrame:
    """A row for each key: the latest by event time, offset and partition."""
    newest = Window.partitionBy(*key).orderBy(*(F.col(name).desc() for name in _ORDER))
    return events.withColumn("_rank", F.row_number().over(newest)).where("_rank = 1").drop("_rank")


def same_key(key: tuple[str, ...]) -> Column:
    """A tombstone names only the key's first column; the others are null in its row."""
    condition = F.lit(True)
    for name in key:
        condition = condition & F.col(f"t.{name}").eqNullSafe(F.col(f"s.{name}"))
    return condition


def _is_newer() -> Column:
    source, target = (F.struct(*(F.col(f"{side}.{name}") for name in _ORDER)) for side in ("s", "t"))
    return source > target


def current_view(contract: Contract) -> str:
    """The query, for Trino, of the keys that are not deleted: of a key of several columns, a tombstone that names the
    first one deletes all that are older."""
    table, first = f"delta.{tables.latest(contract)}", contract.key[0]
    columns = ", ".join(f'live."{name}"' for name in contract.columns if name != "is_deleted")
    place = 'live.topic, live."partition", live."offset", live.updated_ts'
    return f"""
select {columns}, {place}
from {table} live
left join (select * from {table} where is_deleted) gone
    on live.{first} = gone.{first}
    and row(gone.event_ts, gone."offset", gone."partition") > row(live.event_ts, live."offset", live."partition")
where not live.is_deleted and gone.{first} is null
"""
