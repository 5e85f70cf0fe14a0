"""The two waves again, with the jobs on a Spark cluster of two workers and the queries on a Trino with a worker."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from pyspark.sql import SparkSession

from ecom.settings import Settings
from ecom.trino_client import query
from generator.second_wave import second_wave
from generator.stream import generate
from oracle import Oracle
from tests.cluster import SparkCluster, spark_cluster, trino_cluster
from tests.e2e.test_two_waves import SPAN, TROUBLE
from tests.lake import assert_gold_equals_oracle, ecom, produce, run_jobs, snapshot

EXECUTOR = {"SPARK_EXECUTOR_MEMORY": "1g", "SPARK_EXECUTOR_CORES": "1", "SPARK_DRIVER_MEMORY": "1g"}


@dataclass(frozen=True)
class Cluster:
    """What was there after both waves. `settings` are those of the Trino with the worker."""

    spark: SparkCluster
    settings: Settings
    first: Oracle
    second: Oracle

    def ecom(self, *arguments: str) -> str:
        return on_cluster(self.settings, self.spark, *arguments)


def on_cluster(settings: Settings, spark: SparkCluster, *arguments: str) -> str:
    """The `ecom` command as a user runs it who has set SPARK_MASTER and TRINO_HOST; what it printed."""
    trino = {"TRINO_HOST": str(settings.trino_host), "TRINO_PORT": str(settings.trino_port)}
    done = ecom(settings, *arguments, timeout=300, environment=EXECUTOR | trino | {"SPARK_MASTER": spark.master})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def cluster(module_lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    home: Path = tmp_path_factory.mktemp("cluster")
    messages = list(generate(500, 21, datetime.now(UTC) - timedelta(days=40), SPAN, TROUBLE))
    with trino_cluster(home, module_lake) as settings, spark_cluster(home, "1g") as spark:
        produce(settings, messages)
        on_cluster(settings, spark, "run", "all")
        first = assert_gold_equals_oracle(settings)
        produce(settings, second_wave(messages, 22))
        on_cluster(settings, spark, "run", "all")
        yield Cluster(spark, settings, first, assert_gold_equals_oracle(settings))


def test_gold_equals_the_oracle_after_each_wave(cluster: Cluster) -> None:
    assert cluster.second.gold != cluster.first.gold, "the second wave changed nothing: the test shows nothing"


def test_both_workers_executors_ran_the_tasks(cluster: Cluster) -> None:
    assert min(cluster.spark.finished_tasks()) > 20


def test_the_trino_worker_ran_the_splits(cluster: Cluster) -> None:
    splits = query(
        cluster.settings,
        "select node_id, sum(completed_splits) from system.runtime.tasks where state = 'FINISHED' group by 1",
    ).rows
    assert dict(splits)["worker"] > 100


def test_the_account_adds_up_and_verify_finds_no_difference(cluster: Cluster) -> None:
    account = json.loads(cluster.ecom("account", "--json"))
    assert account["ok"] and account["totals"]["offsets"] == len(cluster.second.verdicts)
    assert account["totals"]["pending"] == 0
    assert json.loads(cluster.ecom("verify", "--json"))["ok"]


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
