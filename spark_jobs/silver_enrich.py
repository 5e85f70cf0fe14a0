"""The two clean tables to `silver.order_state`, kept by Spark's own stateful aggregation.

    spark-submit spark_jobs/silver_enrich.py

Two rules make it exact. Every micro-batch is a whole prefix of both clean tables. And the MERGE, guarded by
`event_count`, reads only the months of the orders' own events when the table's last commit is this micro-batch or
directly precedes it; else it reads the whole table. Orders and payments advance in one commit.
"""

import logging
import uuid

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ecom.base.settings import Settings
from ecom.lake import tables
from ecom.lake.catalog import publish
from spark_jobs import commits
from spark_jobs.checkpoints import Checkpoint, choose_checkpoint, source_offsets
from spark_jobs.faults import fail_point
from spark_jobs.job import main
from spark_jobs.streams import WHOLE_PREFIX, finish
from spark_jobs.tables import ensure, struct
from spark_jobs.transforms.order_state import order_state

log = logging.getLogger(__name__)
JOB = "silver_enrich"


def run(spark: SparkSession, settings: Settings) -> None:
    """Bring `order_state` up to date with the clean tables."""
    ensure(spark, settings, tables.clean("orders"), tables.clean("payments"), tables.ORDER_STATE)
    last = commits.last_commit(spark, tables.ORDER_STATE.path(settings))
    checkpoint = choose_checkpoint(spark, settings, JOB, last.note)
    streams = [
        spark.readStream.format("delta").options(**WHOLE_PREFIX).load(tables.clean(subject).path(settings))
        for subject in tables.SUBJECTS
    ]
    query = (
        order_state(*streams).writeStream.queryName(JOB)
        .outputMode("update")
        .foreachBatch(OrderStateSink(settings, checkpoint))
        .option("checkpointLocation", checkpoint.path)
        .trigger(availableNow=True)
        .start()
    )  # fmt: skip
    finish([query])


def rebuild(spark: SparkSession, settings: Settings) -> None:
    """Recompute `order_state` whole, in one commit, with a new generation: the way to take events back."""
    ensure(spark, settings, tables.clean("orders"), tables.clean("payments"), tables.ORDER_STATE)
    clean = [spark.read.format("delta").load(tables.clean(subject).path(settings)) for subject in tables.SUBJECTS]
    now = F.current_timestamp().alias("updated_ts")
    order_state(*clean).select("*", now).select(*struct(tables.ORDER_STATE).fieldNames()).createOrReplaceTempView(
        "rebuilt"
    )
    properties = tables.ORDER_STATE.properties | {tables.GENERATION: str(uuid.uuid4())}
    listed = ", ".join(f"'{key}' = '{value}'" for key, value in properties.items())
    path = tables.ORDER_STATE.path(settings)
    spark.sql(
        f"CREATE OR REPLACE TABLE delta.`{path}` USING delta PARTITIONED BY (order_month) "
        f"TBLPROPERTIES ({listed}) AS SELECT * FROM rebuilt"
    )
    fail_point(spark, f"{JOB}.after_rebuild")
    run(spark, settings)


class OrderStateSink:
    """One guarded MERGE a micro-batch."""

    def __init__(self, settings: Settings, checkpoint: Checkpoint) -> None:
        self.path, self.checkpoint = tables.ORDER_STATE.path(settings), checkpoint

    def __call__(self, touched: DataFrame, batch_id: int) -> None:
        spark = touched.sparkSession
        rows = touched.withColumn("updated_ts", F.current_timestamp()).persist()
        try:
            count = rows.count()  # whole and once: a second evaluation would feed the state twice
            sources = source_offsets(spark, self.checkpoint.path, batch_id)
            note = commits.CommitNote(JOB, self.checkpoint.id, batch_id, sources)
            last = commits.last_commit(spark, self.path)
            fail_point(spark, f"{JOB}.before_merge")
            with commits.noted(spark, note):
                self._merge(rows, event_months(rows) if follows(last.note, note) else None)
                if commits.last_commit(spark, self.path).version == last.version:
                    # Nothing was new: the commit still has to say how far the clean tables were read.
                    commits.set_property(spark, self.path, "ecom.checked", f"{self.checkpoint.id}/{batch_id}")
            fail_point(spark, f"{JOB}.after_merge")
            log.info("%s: %s orders touched", JOB, f"{count:,}")
        finally:
            rows.unpersist()

    def _merge(self, rows: DataFrame, months: list[str] | None) -> None:
        columns: dict[str, str | Column] = {name: f"s.{name}" for name in struct(tables.ORDER_STATE).fieldNames()}
        (
            DeltaTable.forPath(rows.sparkSession, self.path).alias("t")
            .merge(rows.alias("s"), same_order(months))
            .whenMatchedUpdate("s.event_count > t.event_count", set=columns)
            .whenNotMatchedInsert(values=columns)
            .execute()
        )  # fmt: skip


def follows(last: commits.CommitNote | None, this: commits.CommitNote) -> bool:
    """True when the table stands at this micro-batch or directly before it: then its old rows lie in known months."""
    if last is None or last.checkpoint_id != this.checkpoint_id:
        return False
    return last.batch_id in (this.batch_id, this.batch_id - 1)


def event_months(rows: DataFrame) -> list[str]:
    """The months of all events of the touched orders: an order's old row lies in one of them."""
    months = rows.select(F.explode("event_months")).distinct().collect()
    return sorted(row[0].isoformat() for row in months)


def same_order(months: list[str] | None) -> Column:
    condition = F.col("t.order_id") == F.col("s.order_id")
    if months is None:
        return condition
    return condition & F.col("t.order_month").isin([F.lit(month).cast("date") for month in months])


def run_and_publish(spark: SparkSession, settings: Settings) -> None:
    """As `run`; then Trino learns of tables that it does not know, and of the views."""
    run(spark, settings)
    ensure(spark, settings, *tables.all_tables())
    publish(settings)


if __name__ == "__main__":
    main(JOB, run_and_publish)
