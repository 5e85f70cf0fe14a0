"""### Bronze to Silver, every five minutes

A task a dataset judges what is new in Bronze, `enrich` brings the derived tables, `silver.order_state` above all, up to
date; each is skipped, in a second, when there is nothing new. `publish` then updates the Asset
`silver.order_payments_enriched`, which starts the DAG `gold_dbt`, and is skipped when `order_state` stands where it
stood. A pool a dataset keeps its tables to one writer.

What to do when it fails: the task's log has the sentence; `ecom run silver` runs the same jobs by hand.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, dag, task

from ecom.base.settings import load_settings
from ecom.contracts.loader import load_datasets
from ecom.orchestration.notifier import Alert
from ecom.orchestration.task_defaults import task_defaults

ENRICHED = Asset("silver.order_payments_enriched")
SETTINGS = load_settings()


@dag(
    schedule=SETTINGS.silver_schedule,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["silver", "spark"],
    doc_md=__doc__,
    default_args=task_defaults("ecom run silver", within=timedelta(hours=2)),
    on_success_callback=Alert("over"),
)
def silver_jobs() -> None:
    def judge(dataset: str) -> Any:
        @task(task_id=dataset, pool=f"silver_{dataset}")
        def run() -> None:
            """The dataset's events: clean, duplicate or quarantined."""
            from ecom.orchestration.jobs import judge_if_pending

            judge_if_pending(dataset)

        return run()

    @task(pool="silver_enrich", trigger_rule="none_failed")
    def enrich() -> None:
        """The clean tables to what is derived from them."""
        from ecom.orchestration.jobs import derive_if_pending

        derive_if_pending()

    @task(trigger_rule="none_failed", inlets=[ENRICHED], outlets=[ENRICHED])
    def publish(*, inlet_events: Any = None, outlet_events: Any = None) -> None:  # Airflow gives both
        """The Asset, when `order_state` has changed since it was last published; also by a run that died before."""
        from ecom.orchestration.published import order_state_version

        version = order_state_version([event.extra for event in inlet_events[ENRICHED]])
        outlet_events[ENRICHED].extra = {"order_state_version": version}

    [judge(dataset) for dataset in load_datasets(SETTINGS)] >> enrich() >> publish()


silver_jobs()
