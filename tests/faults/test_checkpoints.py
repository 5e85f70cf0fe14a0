"""A checkpoint is a bookmark: deleted, or replaced by an older copy, it changes no table."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from ecom.base.settings import ROOT, Settings
from ecom.contracts.loader import load_contracts
from ecom.lake import tables
from generator.second_wave import second_wave
from generator.stream import generate
from spark_jobs.derived.order_state import DERIVED
from tests.lake import copy_checkpoint, delete_checkpoint, produce, put_back, run_jobs, snapshot

CLEAN = tables.clean(load_contracts(ROOT / "contracts")["orders"])
JOBS = ("bronze_orders", "bronze_payments", "silver_orders", "silver_payments", "silver_enrich")


@pytest.fixture(scope="module")
def twice_run(spark: SparkSession, module_lake: Settings) -> dict[str, Any]:
    """Two waves, with a copy of every checkpoint as it was after the first."""
    first = list(generate(120, 8, datetime(2026, 9, 30, 22, tzinfo=UTC), timedelta(hours=4)))
    produce(module_lake, first)
    run_jobs(spark, module_lake)
    older = {job: copy_checkpoint(module_lake, job) for job in JOBS}
    produce(module_lake, second_wave(first, 9, share=0.2))
    run_jobs(spark, module_lake)
    return {"older": older, "tables": snapshot(spark, module_lake)}


@pytest.mark.parametrize(
    "jobs", [JOBS, *(pytest.param([job], marks=pytest.mark.nightly) for job in JOBS)], ids="+".join
)
def test_an_older_checkpoint_put_back_changes_nothing(
    jobs: list[str], twice_run: dict[str, Any], spark: SparkSession, module_lake: Settings
) -> None:
    for job in jobs:
        put_back(module_lake, job, twice_run["older"][job])
    run_jobs(spark, module_lake)
    assert snapshot(spark, module_lake) == twice_run["tables"]


def test_every_checkpoint_deleted_changes_nothing(
    twice_run: dict[str, Any], spark: SparkSession, module_lake: Settings
) -> None:
    for job in JOBS:
        delete_checkpoint(module_lake, job)
    run_jobs(spark, module_lake)
    assert snapshot(spark, module_lake) == twice_run["tables"]


@pytest.mark.parametrize(
    "lost",
    [
        ("metadata", "commits/", "offsets/", "metadata", "state/0/0/"),
        pytest.param(("offsets/", "metadata", "commits/", "offsets/", "state/0/1/"), marks=pytest.mark.nightly),
        pytest.param(("commits/", "offsets/", "metadata", "commits/", "metadata"), marks=pytest.mark.nightly),
        pytest.param(("metadata", "metadata", "metadata", "metadata", "state/0/_metadata/"), marks=pytest.mark.nightly),
        pytest.param(("metadata", "metadata", "metadata", "metadata", "state/"), marks=pytest.mark.nightly),
    ],
    ids=" ".join,
)
def test_checkpoints_lost_in_part_change_nothing(
    lost: tuple[str, ...], twice_run: dict[str, Any], spark: SparkSession, module_lake: Settings
) -> None:
    for job, part in zip(JOBS, lost, strict=True):
        assert delete_checkpoint(module_lake, job, part), f"{job} had no {part}"
    run_jobs(spark, module_lake)
    assert snapshot(spark, module_lake) == twice_run["tables"]


Damage = Callable[[SparkSession, Settings], None]


def restore(table: tables.Table) -> Damage:
    """To before the last wave that changed it: bad messages came in the first one only."""
    version = 0 if table == tables.quarantine("orders") else 1

    def damage(spark: SparkSession, lake: Settings) -> None:
        spark.sql(f"RESTORE TABLE delta.`{table.path(lake)}` TO VERSION AS OF {version}").collect()

    return damage


RESTORED = (tables.raw("orders"), CLEAN, tables.quarantine("orders"), tables.duplicates("payments"), DERIVED.table)


@pytest.mark.parametrize(
    "restored",
    [
        RESTORED[:1],
        RESTORED[1::2],
        RESTORED[2::2],
        *(pytest.param([table], marks=pytest.mark.nightly) for table in RESTORED[1:]),
    ],
    ids=lambda restored: "+".join(table.name for table in restored),
)
def test_tables_restored_to_an_older_version_are_brought_up_to_date(
    restored: Sequence[tables.Table], twice_run: dict[str, Any], spark: SparkSession, module_lake: Settings
) -> None:
    for table in restored:
        restore(table)(spark, module_lake)
    now = snapshot(spark, module_lake)
    assert all(now[str(table)] != twice_run["tables"][str(table)] for table in restored), "nothing was taken back"
    run_jobs(spark, module_lake)
    assert snapshot(spark, module_lake) == twice_run["tables"]
