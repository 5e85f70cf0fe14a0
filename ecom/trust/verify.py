"""`ecom verify`: what is derived, and Gold, recomputed from the clean tables and compared to the last decimal; and the
verdicts compared with Bronze, offset by offset."""

from collections.abc import Mapping
from functools import reduce

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.lake import tables
from ecom.lake.catalog import location_of
from ecom.lake.commit_note import CommitNote, Position, flat
from ecom.lake.delta_log import DeltaLog
from ecom.lake.pending import read_version
from ecom.lake.tables import MONEY_SUM, Table
from ecom.trust.comparison import SHOWN, Comparison, Verification, compare
from ecom.trust.freshness import GOLD
from spark_jobs.derived import Derived, computable
from spark_jobs.tables import ensure, struct
from spark_jobs.transforms.judging import PLACE

GOLD_KEY = ("minute_bucket", "currency")
GOLD_NUMBERS = ("gmv", "refunded_amount", "net_sales", "paid_orders")


def verify(spark: SparkSession, settings: Settings) -> Verification:
    """Compares the verdicts with Bronze, and each derived table and Gold with a recomputation from the clean tables.

    The clean tables are read at the versions from which the derived ones were made.
    """
    contracts = load_datasets(settings)
    able, refused = computable(contracts)
    ensure(spark, settings, *tables.of_datasets(contracts.values()), *(derived.table for derived in able))
    comparisons, notes, uncompared = list[Comparison](), list(refused), list[str]()
    for derived in able:
        try:
            comparisons += _derived(spark, settings, derived, contracts)
        except (EcomError, PySparkException) as error:
            uncompared.append(f"{derived.table} could not be compared: {_first_line(error)}")
    for contract in contracts.values():
        comparison, accepted = _with_bronze(spark, settings, contract)
        comparisons.append(comparison)
        notes += accepted
    return Verification(comparisons, _restamped(spark, settings, contracts), notes, uncompared)


def _with_bronze(spark: SparkSession, settings: Settings, contract: Contract) -> tuple[Comparison, list[str]]:
    """Each offset of Bronze that Silver went past has one verdict, and each verdict one record; except for records
    that others took, where that was accepted, which is noted."""

    def places(table: Table) -> DataFrame:
        return spark.read.format("delta").load(table.path(settings)).select(*PLACE)

    verdicts = reduce(DataFrame.unionByName, map(places, tables.verdicts(contract).values()))
    ledger = spark.read.format("delta").load(tables.ledger(contract.dataset).path(settings))
    reached = ledger.groupBy("topic", "partition").agg(F.max("last_offset").alias("reached"))
    received = places(tables.raw(contract.dataset)).join(reached, ["topic", "partition"]).where("offset <= reached")
    each = _counted(verdicts, "verdicts").join(_counted(received, "records"), list(PLACE), "full").fillna(0).persist()
    try:
        note = DeltaLog(settings, str(tables.raw(contract.dataset))).newest_note()
        settled, notes = _accepted(each, flat(note.accepted) if note else {})
        found = each.join(settled, ["topic", "partition"], "left").where("records > 0 or accepted is null")
        once = found.select(*PLACE, F.lit(1).cast("bigint").alias("verdicts"), F.lit(1).cast("bigint").alias("records"))
        name = f"silver.{contract.dataset}: verdicts and Bronze"
        return compare(name, found, once, PLACE, ("verdicts", "records")), notes
    finally:
        each.unpersist()


def _counted(places: DataFrame, name: str) -> DataFrame:
    return places.groupBy(*PLACE).agg(F.count("*").alias(name))


def _accepted(each: DataFrame, accepted: Position) -> tuple[DataFrame, list[str]]:
    """The partitions of which no more records are missing than was accepted, and a note for each."""
    rows = each.where("records = 0").groupBy("topic", "partition").count().collect()
    settled = [(row[0], row[1], row[2]) for row in rows if row[2] <= accepted.get((row[0], row[1]), 0)]
    notes = [
        f"{count:,} records of {topic}-{p} are gone from Bronze, which was accepted" for topic, p, count in settled
    ]
    schema = "topic string, partition int, accepted bigint"
    return each.sparkSession.createDataFrame(settled, schema), notes


def _derived(
    spark: SparkSession, settings: Settings, derived: Derived, contracts: Mapping[str, Contract]
) -> list[Comparison]:
    log = DeltaLog(settings, str(derived.table))
    version = log.version  # one version of the table, whatever runs meanwhile
    note = log.newest_note(derived.job)
    sources = enumerate(derived.sources(contracts))
    clean = [_as_reflected(spark, settings, table, note, index) for index, table in sources]
    actual = spark.read.format("delta").option("versionAsOf", version).load(derived.table.path(settings))
    columns = [name for name in struct(derived.table).fieldNames() if name not in (derived.key, "updated_ts")]
    expected = derived.rows(*clean).persist()
    try:
        found = [compare(str(derived.table), actual, expected, (derived.key,), columns)]
        if derived.table.name == "order_state":
            minutes = sales_by_minute(expected)
            found.append(compare(GOLD, _gold(spark, settings), minutes, GOLD_KEY, GOLD_NUMBERS))
    finally:
        expected.unpersist()  # Spark would answer a later verification of another lake at this path with it
    return found


def _as_reflected(
    spark: SparkSession, settings: Settings, table: Table, note: CommitNote | None, index: int
) -> DataFrame:
    """The clean table at the version that the derived one was made from, or at the newest, where only compaction and
    VACUUM came since: they may have taken the older version's files."""
    reader, log = spark.read.format("delta"), DeltaLog(settings, str(table))
    read = read_version(note.sources[index]) if note and index < len(note.sources) else None
    change = log.last_data_change
    if read is None or change is None or change.version <= read:
        return reader.load(table.path(settings))
    return reader.option("versionAsOf", read).load(table.path(settings))


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
    location = location_of(settings, *GOLD.split("."))
    if location:
        return spark.read.format("delta").load(location.replace("s3://", "s3a://", 1))
    money = ", ".join(f"{name} {MONEY_SUM}" for name in GOLD_NUMBERS[:3])
    return spark.createDataFrame([], f"minute_bucket timestamp, currency string, {money}, paid_orders bigint")


def _restamped(spark: SparkSession, settings: Settings, contracts: Mapping[str, Contract]) -> list[str]:
    """Events that were accepted under two dates."""
    found: list[str] = []
    for name, contract in contracts.items():
        rows = spark.read.format("delta").load(tables.clean(contract).path(settings))
        twice = rows.groupBy("event_id").agg(F.collect_set("event_date").alias("dates")).where(F.size("dates") > 1)
        found += [
            f"{name}: {row['event_id']} on {sorted(map(str, row['dates']))}" for row in twice.limit(SHOWN).collect()
        ]
    return found


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return f"{lines[0][:300]} (a version that it rests on may be gone; `ecom run silver`, then verify again)"
