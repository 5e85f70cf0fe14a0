"""The two waves again: the jobs on a Spark cluster of two workers, the queries on a Trino with a worker, and a Hive
metastore in place of the catalog's files; in the second wave executors die in the midst of Silver's micro-batches."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from pyspark.sql import SparkSession

from ecom.base.settings import ROOT, Settings
from ecom.lake.trino import query
from ecom.trust.verify import verify
from generator.second_wave import second_wave
from generator.stream import generate
from oracle import Oracle
from tests.cluster import SparkCluster, hive_metastore, spark_cluster, trino_cluster
from tests.e2e.test_two_waves import SPAN, TROUBLE
from tests.lake import assert_gold_equals_oracle, ecom, environment_of, produce, run_jobs, snapshot

pytestmark = pytest.mark.timeout(2400)
LOST_IN_SILVER = ("silver_orders.before_clean", "silver_payments.before_duplicates")
LOST_IN_ENRICH = ("silver_enrich.before_merge",)
EXECUTORS = {"SPARK_EXECUTOR_MEMORY": "1g", "SPARK_EXECUTOR_CORES": "1", "SPARK_DRIVER_MEMORY": "1g"}


@dataclass(frozen=True)
class Cluster:
    """What was there after both waves. `settings` are those of the Trino with the worker."""

    spark: SparkCluster
    settings: Settings
    first: Oracle
    second: Oracle
    losses: list[tuple[int, str]]


def run(settings: Settings, spark: SparkCluster, stage: str) -> None:
    """As a user runs it who has set SPARK_MASTER and TRINO_HOST."""
    done = ecom(settings, "run", stage, timeout=600, environment=there(settings, spark))
    assert done.returncode == 0, done.stderr


def run_silver_losing_executors(settings: Settings, spark: SparkCluster) -> list[tuple[int, str]]:
    """Exit code and what was printed: where executors were lost, and the sentence about it."""

    def run_losing(points: tuple[str, ...]) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.platform.losing_executors", *points],
            cwd=ROOT,
            env=environment_of(settings) | there(settings, spark),
            capture_output=True,
            text=True,
            timeout=600,
        )
        return done.returncode, done.stdout + done.stderr

    return [run_losing(LOST_IN_SILVER), run_losing(LOST_IN_ENRICH)]


def there(settings: Settings, spark: SparkCluster) -> dict[str, str]:
    return EXECUTORS | trino_of(settings) | {"SPARK_MASTER": spark.master}


def trino_of(settings: Settings) -> dict[str, str]:
    return {"TRINO_HOST": str(settings.trino_host), "TRINO_PORT": str(settings.trino_port)}


@pytest.fixture(scope="module")
def cluster(module_lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    home: Path = tmp_path_factory.mktemp("cluster")
    messages = list(generate(120, 21, datetime.now(UTC) - timedelta(days=40), SPAN, TROUBLE))
    with (
        hive_metastore(home, module_lake) as metastore,
        spark_cluster(home, "1g") as spark,
        trino_cluster(home, module_lake, metastore) as settings,
    ):
        produce(settings, messages)
        run(settings, spark, "all")
        first = assert_gold_equals_oracle(settings)
        produce(settings, second_wave(messages, 22))
        run(settings, spark, "bronze")
        losses = run_silver_losing_executors(settings, spark)
        run(settings, spark, "gold")
        yield Cluster(spark, settings, first, assert_gold_equals_oracle(settings), losses)


def test_gold_equals_the_oracle_after_each_wave(cluster: Cluster) -> None:
    assert cluster.second.gold != cluster.first.gold, "the second wave changed nothing: the test shows nothing"


def test_an_executor_lost_in_a_micro_batch_of_silver_ends_the_job_with_a_sentence(cluster: Cluster) -> None:
    code, output = cluster.losses[0]
    assert any(point in output for point in LOST_IN_SILVER)
    assert code != 0 and "An executor was lost" in output and "ecom run silver" in output


def test_an_executor_lost_in_a_micro_batch_of_the_order_state_is_made_up_for(cluster: Cluster) -> None:
    code, output = cluster.losses[1]
    assert code == 0, output
    assert set(LOST_IN_ENRICH) <= set(output.splitlines())


def test_both_workers_executors_ran_the_tasks(cluster: Cluster) -> None:
    assert min(cluster.spark.finished_tasks()) > 20


def test_the_trino_worker_ran_the_splits(cluster: Cluster) -> None:
    splits = query(
        cluster.settings,
        "select node_id, sum(completed_splits) from system.runtime.tasks where state = 'FINISHED' group by 1",
    ).rows
    assert dict(splits)["worker"] > 100


def test_the_tables_are_in_the_hive_metastore_and_not_in_files(cluster: Cluster, stack: Settings) -> None:
    tables = "select table_schema || '.' || table_name from delta.information_schema.tables where table_schema = "
    assert ("gold.fct_sales_minute",) in query(cluster.settings, f"{tables}'gold'").rows
    assert query(stack, f"{tables}'gold'").rows == []


def test_the_account_adds_up(cluster: Cluster) -> None:
    done = ecom(cluster.settings, "account", "--json", environment=trino_of(cluster.settings))
    assert done.returncode == 0, done.stderr
    totals = json.loads(done.stdout)["totals"]
    assert (totals["offsets"], totals["pending"]) == (len(cluster.second.verdicts), 0)


def test_verify_finds_no_difference(cluster: Cluster, spark: SparkSession) -> None:
    found = verify(spark, cluster.settings)
    assert [c.examples for c in found.comparisons] == [[], [], [], []]
    assert all(c.rows > 0 for c in found.comparisons)


def test_the_tables_are_those_of_one_run_on_this_machine_alone(
    cluster: Cluster, spark: SparkSession, stack: Settings
) -> None:
    alone = elsewhere(cluster.settings)
    run_jobs(spark, alone)
    expected, found = snapshot(spark, alone), snapshot(spark, cluster.settings)
    counted_by_micro_batch = [name for name in found if name.endswith("_ledger")]
    for name in counted_by_micro_batch:
        del expected[name], found[name]
    assert found == expected
    assert all(found.values())


def elsewhere(settings: Settings) -> Settings:
    """The same topics, and a lake of its own in the same bucket."""
    key, secret = settings.s3_credentials() or ("", "")
    return settings.model_copy(
        update={
            "lakehouse_uri": f"{settings.lakehouse_uri}/alone",
            "aws_endpoint_url_s3": settings.s3_endpoint,
            "aws_access_key_id": key,
            "aws_secret_access_key": SecretStr(secret),
        }
    )


def test_the_secret_is_in_no_log_and_no_command_line_of_the_cluster(cluster: Cluster) -> None:
    key, secret = cluster.settings.s3_credentials() or ("", "")
    texts = {log: log.read_text(errors="replace") for log in cluster.spark.logs()}
    assert any("Launch command:" in text for text in texts.values())
    assert [log for log, text in texts.items() if key in text or secret in text] == []
