"""### Bronze to Silver, every five minutes

`orders` and `payments` judge what is new in Bronze, `enrich` brings `silver.order_state` up to date; each is skipped,
in a second, when there is nothing new. `publish` then updates the Asset `silver.order_payments_enriched`, which starts
the DAG `gold_dbt`, and is skipped when `order_state` stands where it stood. A pool a table keeps to one writer.

What to do when it fails: the task's log has the sentence; `ecom run silver` runs the same jobs by hand.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import Asset, dag, task

from ecom.base.settings import load_settings
from ecom.orchestration.notifier import Alert

ENRICHED = Asset("silver.order_payments_enriched")


@dag(
    schedule=load_settings().silver_schedule,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["silver", "spark"],
    doc_md=__doc__,
    default_args={
        "owner": "data-platform",
        "retries": 1,
        "retry_delay": timedelta(seconds=30),
        "execution_timeout": timedelta(hours=2),
        "on_failure_callback": Alert("failed", "ecom run silver"),
    },
    on_success_callback=Alert("over"),
)
def silver_jobs() -> None:
    @task(pool="silver_orders")
    def orders() -> None:
        """Order events: clean, duplicate or quarantined."""
        from ecom.orchestration.jobs import run_if_pending

        run_if_pending("silver_orders")

    @task(pool="silver_payments")
    def payments() -> None:
        """Payment events: clean, duplicate or quarantined."""
        from ecom.orchestration.jobs import run_if_pending

        run_if_pending("silver_payments")

    @task(pool="silver_enrich", trigger_rule="none_failed")
    def enrich() -> None:
        """Both clean tables to `silver.order_state`."""
        from ecom.orchestration.jobs import run_if_pending

        run_if_pending("silver_enrich")

    @task(trigger_rule="none_failed", inlets=[ENRICHED], outlets=[ENRICHED])
    def publish(*, inlet_events: Any, outlet_events: Any) -> None:
        """The Asset, when `order_state` has changed since it was last published; also by a run that died before."""
        from ecom.orchestration.published import order_state_version

        version = order_state_version([event.extra for event in inlet_events[ENRICHED]])
        outlet_events[ENRICHED].extra = {"order_state_version": version}

    [orders(), payments()] >> enrich() >> publish()


silver_jobs()
