"""What the account, a run or `ecom verify` says to type next: each remedy is run, and remedies."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.lake import tables
from ecom.lake.s3 import Bucket
from ecom.lake.tables import Table
from ecom.pipeline import run_bronze
from ecom.trust.account import Account, account
from ecom.trust.counts import count_rows
from ecom.trust.verify import verify
from generator.mix import Mix
from generator.stream import generate
from spark_jobs.repair import leave_one_of_each
from tests.dbt import build_gold
from tests.e2e.test_lost_offsets import expire
from tests.lake import (
    assert_gold_equals_oracle,
    clean_table,
    produce,
    publish_tables,
    run_all,
    run_derived,
    run_jobs,
    run_silver,
)

START = datetime.now(UTC) - timedelta(days=3)
SOME = "offset % 3 = 0"
RAW = tables.raw("orders")
QUARANTINE = tables.quarantine("orders")


@pytest.fixture(scope="module")
def sound(spark: SparkSession, module_lake: Settings) -> None:
    """A lake in which nothing is wrong: 80 orders, some of their messages bad or repeated."""
    produce(module_lake, generate(80, 51, START, timedelta(hours=3), Mix()))
    run_all(spark, module_lake)


@pytest.fixture
def whole(spark: SparkSession, module_lake: Settings, sound: None) -> Callable[[], None]:
    """Call it at the end: every offset has its one record and verdict again, and every number is right."""

    def check() -> None:
        assert account(module_lake).problems == []
        assert verify(spark, module_lake).is_clean
        assert_gold_equals_oracle(module_lake)

    return check


def delete(spark: SparkSession, lake: Settings, table: Table, where: str) -> None:
    spark.sql(f"DELETE FROM delta.`{table.path(lake)}` WHERE {where}")


def remove_folder(lake: Settings, table: Table) -> None:
    """By hand, past every engine; Trino is told, as a shop's operator would."""
    bucket = Bucket(lake)
    for key in bucket.keys(f"{table.schema}/{table.name}/"):
        bucket.delete(key)


def problem(found: Account, category: str) -> str:
    return next(text for text in found.problems if text.startswith(category))


def test_clean_rows_deleted_by_hand_are_judged_again(
    spark: SparkSession, module_lake: Settings, whole: Callable[[], None]
) -> None:
    delete(spark, module_lake, clean_table(module_lake, "orders"), SOME)
    assert "`ecom run silver`" in problem(account(module_lake), "MISSING")
    assert count_rows(module_lake, load_datasets(module_lake))[0].holes
    refused = build_gold(module_lake, code=1)
    assert "Gold was left as it was" in refused and "`ecom run silver`" in refused
    run_silver(spark, module_lake)
    run_derived(spark, module_lake)
    build_gold(module_lake)
    whole()


def test_tables_of_verdicts_that_were_removed_are_filled_again(
    spark: SparkSession, module_lake: Settings, whole: Callable[[], None]
) -> None:
    for table in tables.verdicts(load_datasets(module_lake)["orders"]).values():
        remove_folder(module_lake, table)
    run_all(spark, module_lake)
    whole()


def test_bronze_rows_deleted_by_hand_are_received_again(
    spark: SparkSession, module_lake: Settings, whole: Callable[[], None]
) -> None:
    delete(spark, module_lake, RAW, SOME)
    assert "`ecom run bronze --again`" in problem(account(module_lake), "UNREAD")
    assert not verify(spark, module_lake).is_clean
    run_bronze(spark, module_lake, again=True)
    run_all(spark, module_lake)
    whole()


def test_bronze_s_folder_removed_is_received_again(
    spark: SparkSession, module_lake: Settings, whole: Callable[[], None]
) -> None:
    remove_folder(module_lake, RAW)
    run_all(spark, module_lake)
    whole()


def test_records_and_verdicts_that_stand_twice_leave_one_of_each(
    spark: SparkSession, module_lake: Settings, whole: Callable[[], None]
) -> None:
    clean = clean_table(module_lake, "orders")
    for table in (RAW, clean):
        twice = spark.read.format("delta").load(table.path(module_lake)).where(SOME).localCheckpoint()
        twice.write.format("delta").mode("append").save(table.path(module_lake))
    as_bad = spark.read.format("delta").load(QUARANTINE.path(module_lake)).limit(1)
    place = spark.read.format("delta").load(clean.path(module_lake)).select("topic", "partition", "offset").limit(1)
    bad = as_bad.drop("topic", "partition", "offset").crossJoin(place).localCheckpoint()
    bad.select(*as_bad.columns).write.format("delta").mode("append").save(QUARANTINE.path(module_lake))
    assert "`ecom maintain doubled`" in problem(account(module_lake), "DOUBLED")
    assert not verify(spark, module_lake).is_clean
    leave_one_of_each(spark, module_lake)
    run_all(spark, module_lake)
    whole()


def test_records_that_are_gone_for_good_are_told_until_that_is_accepted(
    spark: SparkSession, lake: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    produce(lake, generate(60, 52, START, timedelta(hours=3), Mix.clean()))
    run_jobs(spark, lake)
    publish_tables(lake)
    topic = lake.topics["orders"]
    held = {p.partition: p.clean for p in account(lake).partitions if p.topic == topic}
    delete(spark, lake, RAW, "partition = 0")
    expire(lake, topic, 0, held[0])  # and Kafka no longer has them
    run_bronze(spark, lake, again=True)
    assert f"{held[0]} records of {topic}-0 were received and then taken" in caplog.text
    run_jobs(spark, lake)
    assert "--accept-loss" in problem(account(lake), "UNREAD")
    assert not verify(spark, lake).is_clean
    run_bronze(spark, lake, accept_loss=True)
    run_jobs(spark, lake)
    found = account(lake)
    assert (found.problems, found.totals()["accepted"]) == ([], held[0])
    build_gold(lake)
    compared = verify(spark, lake)
    assert compared.is_clean and f"{held[0]} records of {topic}-0 are gone" in compared.notes[0]


def test_one_topic_that_lost_records_does_not_hold_up_the_other(spark: SparkSession, lake: Settings) -> None:
    produce(lake, generate(30, 53, START, timedelta(hours=3), Mix.clean()))
    run_jobs(spark, lake)
    publish_tables(lake)
    produce(lake, generate(30, 54, START, timedelta(hours=3), Mix.clean()))
    topic = lake.topics["payments"]
    received = {p.partition: p.bronze_end for p in account(lake).partitions if p.topic == topic}
    expire(lake, topic, 0, received[0] + 1)
    with pytest.raises(EcomError, match=f"Meanwhile {lake.topics['orders']} was read") as stopped:
        run_bronze(spark, lake)
    assert "aged out" in str(stopped.value)
    pending = {p.topic: 0 for p in account(lake).partitions}
    for one in account(lake).partitions:
        pending[one.topic] += one.end_offset - max(one.bronze_end, one.first_offset)
    assert pending[lake.topics["orders"]] == 0
    assert [query.name for query in spark.streams.active] == []  # none runs on after the lock was let go
