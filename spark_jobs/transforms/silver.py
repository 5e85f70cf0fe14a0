"""Verdicts: each judged record is clean, a duplicate, or quarantined. Pure, the same for every subject."""

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from spark_jobs.transforms.bronze import Position, not_before

PLACE = ("topic", "partition", "offset")
IDENTITY = ("event_id", "event_date")
FIRST = ("first_topic", "first_partition", "first_offset")
CLEAN, DUPLICATE, QUARANTINED = "clean", "duplicate", "quarantined"


def unjudged(raw: DataFrame, position: Position, judged: DataFrame | None) -> DataFrame:
    """Raw records past the position, with the `verdict` that an interrupted run already gave (else null; `judged` is
    None when there was none)."""
    past = raw.where(not_before(position))
    if judged is None:
        return past.withColumn("verdict", F.lit(None).cast("string"))
    return past.join(judged, list(PLACE), "left")


def with_verdicts(judged: DataFrame, first_copies: DataFrame, fields: list[str]) -> DataFrame:
    """`judged` (parsed `fields` and `reasons`) plus `verdict` and where a duplicate's first copy lies.

    `first_copies` are accepted events, at least those of the identities in `judged`. The lowest offset of an identity
    wins; a copy with other `fields` is a conflict and goes to quarantine.
    """
    is_good = F.size("reasons") == 0
    lowest = Window.partitionBy("is_good", *IDENTITY).orderBy("offset", "partition", "topic")
    own = F.struct(*fields)
    in_batch = F.struct(*(F.first(c).over(lowest).alias(f) for c, f in zip(PLACE, FIRST, strict=True)),
                        F.first(own).over(lowest).alias("content"))  # fmt: skip
    known = first_copies.select(
        *IDENTITY,
        F.struct(*(F.col(c).alias(f) for c, f in zip(PLACE, FIRST, strict=True)), own.alias("content")).alias("known"),
    )
    rows = judged.withColumn("is_good", is_good)
    good = (
        rows.where("is_good")
        .withColumn("in_batch", F.when(F.row_number().over(lowest) > 1, in_batch))
        .join(known, list(IDENTITY), "left")
        .withColumn("first", F.coalesce("known", "in_batch"))
        .drop("known", "in_batch")
        .withColumn("same", F.col("first.content").eqNullSafe(own))
    )
    bad = rows.where(~F.col("is_good"))
    return good.unionByName(bad, allowMissingColumns=True).transform(_name_verdict)


def _name_verdict(rows: DataFrame) -> DataFrame:
    conflict = F.col("is_good") & F.col("first").isNotNull() & ~F.col("same")
    verdict = (
        F.when(~F.col("is_good") | conflict, QUARANTINED).when(F.col("first").isNotNull(), DUPLICATE).otherwise(CLEAN)
    )
    return (
        rows.withColumn("verdict", verdict)
        .withColumn("reasons", F.when(conflict, F.array(_conflict())).otherwise(F.col("reasons")))
        .select("*", *(F.col(f"first.{name}").alias(name) for name in FIRST))
        .drop("is_good", "same", "first")
    )


def _conflict() -> Column:
    found = F.format_string("other fields than the copy at offset %d", F.col("first.first_offset"))
    return F.struct(F.lit("event_id").alias("field"), F.lit("conflict").alias("rule"), found.alias("found"))


def ledger_rows(verdicts: DataFrame) -> DataFrame:
    """One row a topic-partition: first and last offset, and how many records got which verdict."""
    counts = [F.count(F.when(F.col("verdict") == v, 1)).alias(v) for v in (CLEAN, DUPLICATE, QUARANTINED)]
    return verdicts.groupBy("topic", "partition").agg(
        F.min("offset").alias("first_offset"),
        F.max("offset").alias("last_offset"),
        F.count("*").alias("rows_in"),
        *counts,
    )
