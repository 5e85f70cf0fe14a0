"""`ecom verify`: the order state and Gold, recomputed from the clean tables and compared to the last decimal."""

import json
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ecom.base.settings import Settings
from ecom.lake import tables
from ecom.lake.catalog import location_of
from ecom.lake.commit_note import CommitNote
from ecom.lake.tables import MONEY_SUM
from spark_jobs.commits import last_commit, newest_note
from spark_jobs.silver_enrich import JOB
from spark_jobs.tables import ensure, struct
from spark_jobs.transforms.order_state import order_state

SHOWN = 20
GOLD_KEY = ("minute_bucket", "currency")
GOLD_NUMBERS = ("gmv", "refunded_amount", "net_sales", "paid_orders")


@dataclass(frozen=True)
class Comparison:
    """One table against its recomputation: how many rows each has, and the first differences as text."""

    table: str
    rows: int
    expected_rows: int
    differences: int
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Verification:
    """`restamped` lists event ids that were accepted under two dates: a producer's retry across midnight."""

    comparisons: list[Comparison]
    restamped: list[str]

    @property
    def is_clean(self) -> bool:
        return all(c.differences == 0 for c in self.comparisons)


def verify(spark: SparkSession, settings: Settings) -> Verification:
    """Compare `order_state` and Gold with what the clean tables, at the versions they reflect, give."""
    ensure(spark, settings, tables.clean("orders"), tables.clean("payments"), tables.ORDER_STATE)
    path = tables.ORDER_STATE.path(settings)
    version = last_commit(spark, path).version  # one version of the state, whatever runs meanwhile
    note = newest_note(spark, path, JOB, version)
    clean = [_clean_as_reflected(spark, settings, index, note) for index in range(len(tables.SUBJECTS))]
    actual = spark.read.format("delta").option("versionAsOf", version).load(path)
    columns = [c for c in struct(tables.ORDER_STATE).fieldNames() if c not in ("order_id", "updated_ts")]
    expected = order_state(*clean).persist()
    try:
        state = compare("silver.order_state", actual, expected, ("order_id",), columns)
        minutes = sales_by_minute(expected)
        gold = compare("gold.fct_sales_minute", _gold(spark, settings), minutes, GOLD_KEY, GOLD_NUMBERS)
    finally:
        expected.unpersist()  # Spark would answer a later verification of another lake at this path with it
    return Verification([state, gold], _restamped(clean))


def _clean_as_reflected(spark: SparkSession, settings: Settings, index: int, note: CommitNote | None) -> DataFrame:
    """The clean table at the version that `order_state` was made from."""
    reader = spark.read.format("delta")
    path = tables.clean(tables.SUBJECTS[index]).path(settings)
    if note is None:
        return reader.load(path)
    return reader.option("versionAsOf", reflected_version(note.sources[index])).load(path)


def reflected_version(offset: str) -> int:
    """A Delta source's end offset, such as `{"reservoirVersion": 8, "index": -1}`: -1 means that none of that
    version's files was read yet."""
    content = json.loads(offset)
    version = int(content["reservoirVersion"])
    return version - 1 if content["index"] < 0 else version


def sales_by_minute(states: DataFrame) -> DataFrame:
    """`order_state` to Gold's rows: the definition of GMV in docs/numbers.md, once more."""
    counted = states.where("order_ts is not null and paid_amount >= total_amount and status <> 'CANCELLED'")
    gmv, refunded = F.sum(F.col("total_amount").cast(MONEY_SUM)), F.sum("refunded_amount")
    return counted.groupBy(F.col("order_minute").alias("minute_bucket"), "currency").agg(
        gmv.cast(MONEY_SUM).alias("gmv"),
        refunded.cast(MONEY_SUM).alias("refunded_amount"),
        (gmv - refunded).cast(MONEY_SUM).alias("net_sales"),
        F.count("*").alias("paid_orders"),
    )


def _gold(spark: SparkSession, settings: Settings) -> DataFrame:
    location = location_of(settings, "gold", "fct_sales_minute")
    if location:
        return spark.read.format("delta").load(location.replace("s3://", "s3a://", 1))
    money = ", ".join(f"{name} {MONEY_SUM}" for name in GOLD_NUMBERS[:3])
    return spark.createDataFrame([], f"minute_bucket timestamp, currency string, {money}, paid_orders bigint")


def compare(
    table: str, actual: DataFrame, expected: DataFrame, key: tuple[str, ...], columns: list[str] | tuple[str, ...]
) -> Comparison:
    """Row by row on `key`, null-safe on `columns`. A key that stands twice in `actual` is a difference too."""
    sides = [
        df.groupBy(*key).agg(F.collect_list(F.struct(*columns)).alias(side))
        for df, side in ((actual, "actual"), (expected, "expected"))
    ]
    differing = sides[0].join(sides[1], list(key), "full").where(~F.col("actual").eqNullSafe(F.col("expected")))
    differing = differing.persist()
    rows = differing.orderBy(*key).limit(SHOWN).collect()
    examples = [
        f"{', '.join(str(row[k]) for k in key)}: stored {_text(row['actual'], columns, row['expected'])}, "
        f"expected {_text(row['expected'], columns, row['actual'])}"
        for row in rows
    ]
    result = Comparison(table, actual.count(), expected.count(), differing.count(), examples)
    differing.unpersist()
    return result


def _text(found: list[object] | None, columns: list[str] | tuple[str, ...], other: list[object] | None) -> str:
    """The columns that differ from the other side's, when both sides have the row once."""
    if not found:
        return "no row"
    if len(found) > 1:
        return f"{len(found)} rows"
    mine, theirs = found[0], other[0] if other and len(other) == 1 else None
    pairs = [(c, mine[c]) for c in columns if theirs is None or mine[c] != theirs[c]]  # type: ignore[index]
    return ", ".join(f"{name} {value}" for name, value in pairs)


def _restamped(clean: list[DataFrame]) -> list[str]:
    found: list[str] = []
    for subject, rows in zip(tables.SUBJECTS, clean, strict=True):
        twice = rows.groupBy("event_id").agg(F.collect_set("event_date").alias("dates")).where(F.size("dates") > 1)
        found += [
            f"{subject}: {row['event_id']} on {sorted(map(str, row['dates']))}" for row in twice.limit(SHOWN).collect()
        ]
    return found
