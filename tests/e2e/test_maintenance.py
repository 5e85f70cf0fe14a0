"""Compaction and VACUUM on the real stack: the jobs go on from their checkpoints as if nothing had been."""

from datetime import UTC, datetime, timedelta

import pytest
from pyspark.sql import SparkSession

from ecom.account_lake import LakeNames
from ecom.changes import data_version, pending
from ecom.freshness import layers
from ecom.gold import maintain_gold
from ecom.settings import Settings
from ecom.trino_client import query
from ecom.verify import verify
from generator.second_wave import second_wave
from generator.stream import generate
from spark_jobs import bronze_stream, maintenance, silver, silver_enrich, tables
from spark_jobs.commits import last_commit
from tests.lake import assert_gold_equals_oracle, copy_checkpoint, produce, run_all, snapshot

pytestmark = pytest.mark.timeout(600)
JOBS = ("bronze_orders", "bronze_payments", "silver_orders", "silver_payments", "silver_enrich")
START = datetime(2026, 8, 31, 22, tzinfo=UTC)


def checkpoints(lake: Settings) -> set[str]:
    """The folders that the jobs go on from: a job that starts over makes another."""
    return {"/".join(key.split("/")[:3]) for job in JOBS for key in copy_checkpoint(lake, job)}


def versions(spark: SparkSession, lake: Settings) -> dict[str, int]:
    return {table.name: last_commit(spark, table.path(lake)).version for table in tables.all_tables()}


def test_after_maintenance_every_job_goes_on_and_gold_stays_incremental(
    spark: SparkSession, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    waves = [list(generate(150, 21, START, timedelta(hours=4)))]
    waves += [list(second_wave(waves[0], seed, share=0.2)) for seed in (22, 23, 24)]
    assert pending(lake) == {"silver_orders", "silver_payments", "silver_enrich"}, "no table is there"
    for wave in waves[:2]:
        produce(lake, wave)
        run_all(spark, lake)
    assert pending(lake) == frozenset()

    before, going_on = snapshot(spark, lake), checkpoints(lake)
    data = {name: data_version(lake, name) for name in ("silver.order_state", LakeNames().raw("orders"))}
    files = _files(spark, lake)
    _maintain(spark, lake)
    maintain_gold(lake)
    after = _files(spark, lake)
    assert after["orders_raw"] == after["order_state"] == 1 < files["orders_raw"], (files, after)
    assert snapshot(spark, lake) == before
    assert pending(lake) == frozenset()
    assert {name: data_version(lake, name) for name in data} == data
    assert versions(spark, lake)["order_state"] > data["silver.order_state"]

    silver.run(spark, lake, *tables.SUBJECTS)  # with nothing new: nothing is read again
    silver_enrich.run(spark, lake)
    assert snapshot(spark, lake) == before and checkpoints(lake) == going_on

    monkeypatch.setattr(bronze_stream, "COMPACT_EVERY", 1)  # now by the stream itself, after its micro-batch
    produce(lake, waves[2])
    bronze_stream.run(spark, lake)
    assert last_commit(spark, tables.raw("orders").path(lake)).operation == "OPTIMIZE"
    assert pending(lake) == {"silver_orders", "silver_payments"}
    silver.run(spark, lake, *tables.SUBJECTS)
    assert pending(lake) == {"silver_enrich"}
    run_all(spark, lake)
    produce(lake, waves[3])
    run_all(spark, lake)
    assert checkpoints(lake) == going_on
    modes = query(lake, "select mode from gold_audit.sales_builds order by processed_ts").rows
    assert [mode for (mode,) in modes] == ["everything", *["changes"] * (len(modes) - 1)]
    assert_gold_equals_oracle(lake)
    assert verify(spark, lake).is_clean
    assert pending(lake) == frozenset()
    assert all(layer.written for layer in layers(lake)) and layers(lake)[0].behind == 0


def _maintain(spark: SparkSession, lake: Settings) -> None:
    maintenance.maintain_bronze(spark, lake)
    maintenance.maintain_silver(spark, lake)


def _files(spark: SparkSession, lake: Settings) -> dict[str, int]:
    return {
        table.name: len(spark.read.format("delta").load(table.path(lake)).inputFiles()) for table in tables.all_tables()
    }
