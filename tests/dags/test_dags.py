"""The DAGs as Airflow reads them."""

from datetime import timedelta
from typing import Any

import pytest

from ecom.base.settings import ROOT

NAMES = {"bronze_streams_raw", "silver_jobs", "gold_dbt", "lake_maintenance"}
ENRICHED = "silver.order_payments_enriched"


def test_exactly_the_four_dags_were_found(dags: dict[str, Any]) -> None:
    assert dags.keys() == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_dag_says_whose_it_is_and_what_to_do_and_runs_once_at_a_time(dags: dict[str, Any], name: str) -> None:
    dag = dags[name]
    assert dag.tags and dag.doc_md and "What to do" in dag.doc_md
    assert (dag.max_active_runs, dag.catchup) == (1, False)
    # A cron schedule with a start date in the past runs at once on a new platform: not the nightly one.
    assert (dag.start_date is None) == (name == "lake_maintenance")
    assert {task.owner for task in dag.tasks} == {"data-platform"}
    assert all(task.on_failure_callback and task.execution_timeout for task in dag.tasks)
    assert dag.has_on_success_callback


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_task_of_every_dag_has_a_retry_soon(dags: dict[str, Any], name: str) -> None:
    assert dags[name].tasks
    for task in dags[name].tasks:
        assert 1 <= task.retries <= 3, task.task_id
        assert task.retry_delay <= timedelta(minutes=5) and not task.retry_exponential_backoff, task.task_id


def test_the_parametrised_names_are_those_of_the_files() -> None:
    assert {path.stem for path in (ROOT / "airflow" / "dags").glob("*.py")} == NAMES


def test_what_the_watch_finds_is_told_without_a_retry() -> None:
    from airflow.sdk.exceptions import AirflowFailException

    from ecom.orchestration.stream_watch import StreamsFailed

    assert issubclass(StreamsFailed, AirflowFailException)


def test_each_is_scheduled_as_it_should_be(dags: dict[str, Any]) -> None:
    assert dags["bronze_streams_raw"].schedule == "@continuous"
    assert dags["silver_jobs"].schedule == "*/5 * * * *"
    assert dags["lake_maintenance"].schedule == "30 2 * * *"
    assert [asset.name for asset in dags["gold_dbt"].schedule] == [ENRICHED]


def test_silver_judges_both_topics_then_enriches_then_publishes(dags: dict[str, Any]) -> None:
    dag = dags["silver_jobs"]
    assert {name: task.downstream_task_ids for name, task in dag.task_dict.items()} == {
        "orders": {"enrich"},
        "payments": {"enrich"},
        "enrich": {"publish"},
        "publish": set(),
    }
    # a skipped job does not keep the next from looking
    assert {dag.task_dict[name].trigger_rule for name in ("enrich", "publish")} == {"none_failed"}
    assert [asset.name for asset in dag.task_dict["publish"].outlets] == [ENRICHED]


def test_a_table_s_pool_keeps_to_one_writer(dags: dict[str, Any]) -> None:
    from ecom.stack.platform import airflow_pools

    pools = airflow_pools(["orders", "payments"])
    assert {pool["slots"] for pool in pools.values()} == {1}
    silver, night = dags["silver_jobs"].task_dict, dags["lake_maintenance"].task_dict
    for task, job in (("orders", "silver_orders"), ("payments", "silver_payments"), ("enrich", "silver_enrich")):
        assert silver[task].pool == night[f"maintain_{job}"].pool == job
        assert job in pools
    assert {task.pool for task in dags["gold_dbt"].tasks} == {"gold"} == {night["maintain_gold"].pool}


def test_gold_has_a_task_a_model_with_its_tests_after_freshness(dags: dict[str, Any]) -> None:
    dag = dags["gold_dbt"]
    names = set(dag.task_dict)
    assert {"source_freshness", "dbt.fct_sales_minute.run", "dbt.fct_sales_minute.test"} <= names
    assert {"dbt.vw_sales_last_60min_run", "dbt.vw_quarantine_last_24h_run"} <= names
    assert "dbt.fct_sales_minute.run" in dag.task_dict["source_freshness"].downstream_task_ids
    assert dag.task_dict["dbt.fct_sales_minute.run"].downstream_task_ids == {"dbt.fct_sales_minute.test"}


def test_gold_tries_three_times_and_has_ten_minutes(dags: dict[str, Any]) -> None:
    dag = dags["gold_dbt"]
    assert {(task.retries, task.retry_delay) for task in dag.tasks} == {(2, timedelta(minutes=2))}
    (deadline,) = dag.deadline
    assert deadline.interval == timedelta(minutes=10)
    assert type(deadline.reference).__name__ == "DagRunQueuedAtDeadline"
    assert deadline.callback.path == "ecom.orchestration.notifier.Alert"


def test_nothing_secret_is_stored_with_a_dag(dags: dict[str, Any]) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    from tests.dags.conftest import SETTINGS

    key, secret = SETTINGS.s3_credentials() or ("", "")
    assert secret
    for dag in dags.values():
        text = str(DagSerialization.to_dict(dag))
        assert secret not in text and key not in text


def test_the_streams_watch_gives_its_place_back_while_it_waits(dags: dict[str, Any]) -> None:
    assert dags["bronze_streams_raw"].task_dict["watch"].deferrable
