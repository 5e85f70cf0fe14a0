"""Verdicts: each judged record is clean, a duplicate, or quarantined. Pure, the same for every dataset.

Two events are one by `event_id` and day. Within a Kafka partition the first copy counts, and one with other content is
quarantined. Across partitions no order is known: a copy with the same content is a duplicate, one with other content is
accepted too, and says with which it conflicts. So no verdict on content depends on what arrived in which micro-batch.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from ecom.contracts.rules import Rule
from ecom.lake.tables import VERDICTS
from spark_jobs.transforms.bronze import Position, not_before
from spark_jobs.transforms.judging import PLACE

IDENTITY = ("event_id", "event_date")
FIRST = ("first_topic", "first_partition", "first_offset")
CLEAN, DUPLICATE, QUARANTINED = VERDICTS
_OWN = (*IDENTITY, "topic", "partition")
_COPY = "_copy"


def unjudged(raw: DataFrame, position: Position, judged: DataFrame | None) -> DataFrame:
    """Raw records past the position, with the `verdict` that an interrupted run already gave (else null; `judged` is
    None when there was none)."""
    past = raw.where(not_before(position))
    if judged is None:
        return past.withColumn("verdict", F.lit(None).cast("string"))
    return past.join(judged, list(PLACE), "left")


def identity_hash(columns: Sequence[str]) -> Column:
    """64 bits of it, for finding what may be repeated; null where a column is."""
    whole = F.xxhash64(*columns)
    for name in columns:
        whole = F.when(F.col(name).isNotNull(), whole)
    return whole


def with_verdicts(good: DataFrame, known: DataFrame, content: Sequence[str]) -> DataFrame:
    """`good`: records without reasons; `known`: accepted events, at least those of their identities. Adds `verdict`,
    where a duplicate's first copy lies, `conflicts_with`, and the reason of what is quarantined."""
    rows = good.withColumn(_COPY, _copy(content))
    return rows.transform(_own_first, known, content).transform(_elsewhere, known, content).transform(_name).drop(_COPY)


def as_verdict(rows: DataFrame, verdict: str) -> DataFrame:
    """Rows that need no comparison, in the shape of `with_verdicts`."""
    nothing = {name: F.lit(None).cast(kind) for name, kind in zip(FIRST, ("string", "int", "bigint"), strict=True)}
    place = F.struct(*(nothing[first].alias(name) for first, name in zip(FIRST, PLACE, strict=True)))
    conflict = {"conflicts_with": F.when(F.lit(False), place)}
    return rows.withColumns({"verdict": F.lit(verdict)} | nothing | conflict)


def one_of_each(clean: DataFrame, known: DataFrame, identity: Sequence[str]) -> DataFrame:
    """Of clean rows that are equal in the columns `identity` the first stays clean, if none is `known`: the rest
    become duplicates of it."""
    keys = list(identity)
    accepted = known.groupBy(*keys).agg(F.min(_at()).alias("_known"))
    earlier = Window.partitionBy(*keys).orderBy(*_ORDER)
    in_batch = F.when(F.row_number().over(earlier) > 1, F.first(_at()).over(earlier))
    rows = clean.join(accepted, keys, "left").withColumn("_first", F.coalesce("_known", in_batch))
    is_repeat = F.col("_first").isNotNull()
    first = {
        name: F.when(is_repeat, F.col(f"_first.{part}")).otherwise(F.col(name))
        for name, part in zip(FIRST, PLACE, strict=True)
    }
    verdict = F.when(is_repeat, DUPLICATE).otherwise(F.col("verdict"))
    return rows.withColumns({"verdict": verdict} | first).drop("_known", "_first")


_ORDER = ("offset", "partition", "topic")


def _at() -> Column:
    """A place that sorts by offset first."""
    return F.struct(*(F.col(name) for name in _ORDER))


def _copy(content: Sequence[str]) -> Column:
    """A copy of an event: where it lies, and what it says."""
    return F.struct(_at().alias("at"), F.struct(*content).alias("content"))


def _own_first(rows: DataFrame, known: DataFrame, content: Sequence[str]) -> DataFrame:
    """Adds `_own`: the copy before it in its own partition."""
    accepted = known.groupBy(*_OWN).agg(F.min(_at()).alias("at"), F.min_by(F.struct(*content), _at()).alias("content"))
    accepted = accepted.select(*_OWN, F.struct("at", "content").alias("_known"))
    earlier = Window.partitionBy(*_OWN).orderBy("offset")
    in_batch = F.when(F.row_number().over(earlier) > 1, F.first(_COPY).over(earlier))
    return rows.join(accepted, list(_OWN), "left").withColumn("_own", F.coalesce("_known", in_batch)).drop("_known")


def _elsewhere(rows: DataFrame, known: DataFrame, content: Sequence[str]) -> DataFrame:
    """Adds `_others`: for the first copy of its partition, those in other partitions, in the order of their places."""
    accepted = known.groupBy(*IDENTITY).agg(F.collect_list(_copy(content)).alias("_known"))
    leads = F.col("_own").isNull()
    before = Window.partitionBy(*IDENTITY, "_leads").orderBy(*_ORDER).rowsBetween(Window.unboundedPreceding, -1)
    nothing = F.array().cast(rows.select(F.array(_COPY)).schema[0].dataType)
    others = F.concat(F.coalesce("_known", nothing), F.coalesce(F.collect_list(_COPY).over(before), nothing))
    return (
        rows.withColumn("_leads", leads)
        .join(accepted, list(IDENTITY), "left")
        .withColumn("_others", F.when(leads, F.array_sort(others)))
        .drop("_known", "_leads")
    )


def _name(rows: DataFrame) -> DataFrame:
    """Verdict, first copy, conflict and reason from `_own` and `_others`."""
    same_elsewhere = F.get(F.filter("_others", lambda other: other.content.eqNullSafe(F.col(f"{_COPY}.content"))), 0)
    own, first = F.col("_own"), F.coalesce("_own", same_elsewhere)
    refused = own.isNotNull() & ~F.col("_own.content").eqNullSafe(F.col(f"{_COPY}.content"))
    conflict = F.when(first.isNull(), F.get("_others", F.lit(0)))
    verdict = F.when(refused, QUARANTINED).when(first.isNotNull(), DUPLICATE).otherwise(CLEAN)
    at = F.when(~refused, first)["at"]
    return rows.withColumns(
        {
            "verdict": verdict,
            **{name: at[part] for name, part in zip(FIRST, PLACE, strict=True)},
            "conflicts_with": F.when(conflict.isNotNull(), F.struct(*(conflict["at"][n].alias(n) for n in PLACE))),
            "reasons": F.when(refused, F.array(_refusal(F.col("_own.at")))).otherwise(F.col("reasons")),
        }
    ).drop("_own", "_others")


def _refusal(at: Column) -> Column:
    found = F.format_string(
        "other fields than the copy at %s-%d, offset %d", at["topic"], at["partition"], at["offset"]
    )
    reason = (F.lit("event_id").alias("field"), F.lit(Rule.CONFLICT.value).alias("rule"), found.alias("found"))
    return F.struct(*reason)


def ledger_rows(verdicts: DataFrame) -> DataFrame:
    """One row a topic-partition: first and last offset, and how many records got which verdict."""
    counts = [F.count(F.when(F.col("verdict") == v, 1)).alias(v) for v in (CLEAN, DUPLICATE, QUARANTINED)]
    return verdicts.groupBy("topic", "partition").agg(
        F.min("offset").alias("first_offset"),
        F.max("offset").alias("last_offset"),
        F.count("*").alias("rows_in"),
        *counts,
    )
