"""Compaction and VACUUM on the real stack: the jobs go on from their checkpoints as if nothing had been."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from ecom.dbt.build import maintain_gold
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote
from ecom.lake.delta_log import DeltaLog
from ecom.lake.pending import data_version
from ecom.trust.freshness import layers
from ecom.trust.verify import verify
from generator.second_wave import second_wave
from generator.stream import generate
from spark_jobs import bronze_stream, maintenance
from spark_jobs.commits import noted
from spark_jobs.derived.order_state import DERIVED
from tests.e2e.gold_lake import GoldLake, Order, changed
from tests.lake import all_tables, copy_checkpoint, pending, produce, run_derived, run_jobs, run_silver, snapshot

pytestmark = pytest.mark.timeout(600)
JOBS = ("bronze_orders", "bronze_payments", "silver_orders", "silver_payments", "silver_enrich")
ORDER_STATE = DERIVED.table
START = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(days=40)


def test_after_maintenance_every_job_goes_on_from_its_checkpoint(
    spark: SparkSession, lake: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bronze_stream, "COMPACT_EVERY", 1)  # the stream compacts after each micro-batch
    waves = [list(generate(150, 21, START, timedelta(hours=4)))]
    waves += [list(second_wave(waves[0], seed, share=0.2)) for seed in (22, 23)]
    assert pending(lake) == {"silver_orders", "silver_payments", "silver_enrich"}, "no table is there"
    produce(lake, waves[0])
    run_jobs(spark, lake)
    going_on = checkpoints(lake)
    produce(lake, waves[1])
    run_jobs(spark, lake)
    assert last_operation(lake, tables.raw("orders")) == "OPTIMIZE"
    assert pending(lake) == set()

    before, files = snapshot(spark, lake), data_files(spark, lake)
    data = {name: data_version(lake, name) for name in ("silver.order_state", str(tables.raw("orders")))}
    maintenance.run(spark, lake)
    after = data_files(spark, lake)
    assert after["orders_ledger"] == after["order_state"] == 1 < files["orders_ledger"], (files, after)
    assert last_operation(lake, ORDER_STATE) == "VACUUM END"
    assert snapshot(spark, lake) == before
    assert {name: data_version(lake, name) for name in data} == data
    assert pending(lake) == set()

    produce(lake, waves[2])
    bronze_stream.run(spark, lake)
    assert pending(lake) == {"silver_orders", "silver_payments"}
    run_silver(spark, lake)
    assert pending(lake) == {"silver_enrich"}
    run_derived(spark, lake)
    assert pending(lake) == set()
    assert checkpoints(lake) == going_on
    state = verify(spark, lake).comparisons[0]
    assert (state.differences, state.rows) == (0, 150)
    bronze, silver_layer, gold = layers(lake)
    assert bronze.behind == 0 and bronze.written and silver_layer.written and gold.written is None


def test_gold_is_built_from_what_changed_also_after_maintenance(
    spark: SparkSession, stack: Settings, tmp_path: Path
) -> None:
    gold = GoldLake(spark, stack, datetime.now(UTC), tmp_path)
    gold.empty()
    orders = [Order(str(n), START + timedelta(minutes=n)) for n in range(3)]
    with noted(spark, CommitNote("silver_enrich", "checkpoint", 0)):
        gold.put(*orders[:2])
        gold.put(orders[2])
    gold.build()
    built = gold.gold_version()

    maintenance.compact(spark, stack, ORDER_STATE)
    maintenance.vacuum(spark, stack, ORDER_STATE)
    maintain_gold(stack)
    assert last_operation(stack, ORDER_STATE) == "VACUUM END"
    with noted(spark, CommitNote("silver_enrich", "checkpoint", 1)):
        gold.put(changed(orders[1], refunded="1.0000"))
    gold.build()
    assert gold.gold() == gold.expected()
    assert gold.written_since(built) == {(orders[1].order_ts, "USD")}
    modes = gold.sql("select mode from gold_audit.sales_builds order by processed_ts")
    assert [mode for (mode,) in modes] == ["everything", "changes"]
    written = {layer.name: layer.written for layer in layers(stack)}
    assert written["gold"] and written["gold"] >= gold.now


def last_operation(lake: Settings, table: tables.Table) -> str:
    last = DeltaLog(lake, str(table)).last
    assert last is not None
    return last.operation


def checkpoints(lake: Settings) -> set[str]:
    """The folders that the jobs go on from: a job that starts over makes another."""
    return {"/".join(key.split("/")[:3]) for job in JOBS for key in copy_checkpoint(lake, job)}


def data_files(spark: SparkSession, lake: Settings) -> dict[str, int]:
    return {
        table.name: len(spark.read.format("delta").load(table.path(lake)).inputFiles()) for table in all_tables(lake)
    }
