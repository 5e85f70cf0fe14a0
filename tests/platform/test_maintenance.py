"""Compaction and VACUUM on the real stack: the jobs go on from their checkpoints as if nothing had been."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from ecom.dbt.build import maintain_gold
from ecom.lake import tables
from ecom.lake.pending import data_version, pending
from ecom.lake.tables import ORDER_STATE
from ecom.trust.freshness import layers
from ecom.trust.verify import verify
from generator.second_wave import second_wave
from generator.stream import generate
from spark_jobs import bronze_stream, maintenance, silver, silver_enrich
from spark_jobs.commits import CommitNote, last_commit, noted
from tests.e2e.gold_lake import GoldLake, Order, changed
from tests.lake import copy_checkpoint, produce, run_jobs, snapshot

pytestmark = pytest.mark.timeout(600)
JOBS = ("bronze_orders", "bronze_payments", "silver_orders", "silver_payments", "silver_enrich")
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
    assert last_commit(spark, tables.raw("orders").path(lake)).operation == "OPTIMIZE"
    assert pending(lake) == frozenset()

    before, files = snapshot(spark, lake), data_files(spark, lake)
    data = {name: data_version(lake, name) for name in ("silver.order_state", str(tables.raw("orders")))}
    maintenance.run(spark, lake)
    after = data_files(spark, lake)
    assert after["orders_ledger"] == after["order_state"] == 1 < files["orders_ledger"], (files, after)
    assert last_commit(spark, ORDER_STATE.path(lake)).operation == "VACUUM END"
    assert snapshot(spark, lake) == before
    assert {name: data_version(lake, name) for name in data} == data
    assert pending(lake) == frozenset()

    produce(lake, waves[2])
    bronze_stream.run(spark, lake)
    assert pending(lake) == {"silver_orders", "silver_payments"}
    silver.run(spark, lake, *tables.SUBJECTS)
    assert pending(lake) == {"silver_enrich"}
    silver_enrich.run(spark, lake)
    assert pending(lake) == frozenset()
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

    maintenance.compact(spark, gold.path)
    maintenance.vacuum(spark, stack, ORDER_STATE)
    maintain_gold(stack)
    assert last_commit(spark, gold.path).operation == "VACUUM END"
    with noted(spark, CommitNote("silver_enrich", "checkpoint", 1)):
        gold.put(changed(orders[1], refunded="1.0000"))
    gold.build()
    assert gold.gold() == gold.expected()
    assert gold.written_since(built) == {(orders[1].order_ts, "USD")}
    modes = gold.sql("select mode from gold_audit.sales_builds order by processed_ts")
    assert [mode for (mode,) in modes] == ["everything", "changes"]
    written = {layer.name: layer.written for layer in layers(stack)}
    assert written["gold"] and written["gold"] >= gold.now


def checkpoints(lake: Settings) -> set[str]:
    """The folders that the jobs go on from: a job that starts over makes another."""
    return {"/".join(key.split("/")[:3]) for job in JOBS for key in copy_checkpoint(lake, job)}


def data_files(spark: SparkSession, lake: Settings) -> dict[str, int]:
    return {
        table.name: len(spark.read.format("delta").load(table.path(lake)).inputFiles()) for table in tables.all_tables()
    }
