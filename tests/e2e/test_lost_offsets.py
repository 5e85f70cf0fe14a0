"""Offsets that aged out and topics that were made again: the run stops, says so, and nothing is skipped."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient
from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake.kafka import topic_ids
from ecom.trust.account import account
from generator.mix import Mix
from generator.stream import generate
from spark_jobs import bronze_stream
from spark_jobs.derived.order_state import DERIVED
from tests.lake import assert_gold_equals_oracle, ecom, produce, publish_tables, run_all, run_jobs

HOUR = timedelta(hours=1)
START = datetime.now(UTC) - timedelta(days=3)


def admin(lake: Settings) -> AdminClient:
    return AdminClient({"bootstrap.servers": lake.bootstrap})


def expire(lake: Settings, topic: str, partition: int, before: int) -> None:
    client, place = admin(lake), TopicPartition(topic, partition, before)  # the client must outlive its futures
    client.delete_records([place])[place].result(30)


def recreate(lake: Settings, topic: str) -> None:
    client = admin(lake)
    client.delete_topics([topic])[topic].result(30)
    for _ in range(60):
        if topic not in topic_ids(lake, [topic]):
            return
        time.sleep(0.5)
    raise AssertionError(f"{topic} is still there")


def test_offsets_that_aged_out_stop_the_run_until_the_loss_is_accepted(spark: SparkSession, lake: Settings) -> None:
    produce(lake, generate(60, 31, START, HOUR, Mix.clean()))
    run_jobs(spark, lake)
    publish_tables(lake)
    produce(lake, generate(60, 32, START, HOUR, Mix.clean()))
    received = {p.partition: p.clean for p in account(lake).partitions if p.topic == lake.topics["orders"]}
    expire(lake, lake.topics["orders"], 0, received[0] + 2)

    done = ecom(lake, "run", "bronze")
    assert done.returncode == 3
    assert f"offsets {received[0]} to {received[0] + 1} aged out" in done.stderr
    assert "--accept-loss" in done.stderr and "Traceback" not in done.stderr
    assert account(lake).totals()["expired"] == 2

    done = ecom(lake, "run", "bronze", "--accept-loss")
    assert done.returncode == 0, done.stderr
    run_all(spark, lake)
    found = account(lake)
    assert found.ok and found.totals()["pending"] == 0
    assert found.totals()["expired"] == 2


@pytest.mark.parametrize("grown_past", [False, True])
def test_a_recreated_topic_stops_the_run(grown_past: bool, spark: SparkSession, lake: Settings) -> None:
    produce(lake, generate(20, 33, START, HOUR, Mix.clean()))
    bronze_stream.run(spark, lake)
    recreate(lake, lake.topics["orders"])
    produce(lake, generate(200 if grown_past else 2, 34, START, HOUR, Mix.clean()))
    with pytest.raises(EcomError, match="deleted or recreated") as stopped:
        bronze_stream.run(spark, lake)
    assert "Two ways on" in str(stopped.value)


def test_a_topic_with_a_new_name_goes_on_with_history_and_so_does_the_way_back(
    spark: SparkSession, lake: Settings
) -> None:
    produce(lake, generate(20, 35, START, HOUR, Mix.clean()))
    run_all(spark, lake)
    before = assert_gold_equals_oracle(lake)
    renamed = lake.model_copy(update={"topics": lake.topics | {"orders": lake.topics["orders"] + ".v2"}})
    produce(renamed, generate(20, 36, START - timedelta(days=1), HOUR, Mix.clean()))
    run_all(spark, renamed)
    rows = ecom(lake, "sql", "--format", "csv", "select count(*) as n from silver.order_payments_enriched").stdout
    assert int(rows.split()[1]) == 40
    assert before.gold

    produce(lake, generate(20, 37, START - timedelta(days=2), HOUR, Mix.clean()))
    (problem,) = account(renamed).problems[:1]
    assert f"TOPIC_ORDER_EVENTS={lake.topics['orders']} ecom run all" in problem
    run_jobs(spark, lake)  # and back: what the first name received meanwhile is read from where it was left
    state = spark.read.format("delta").load(DERIVED.table.path(lake))
    assert state.where("order_ts is not null").count() == 60
