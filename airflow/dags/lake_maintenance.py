"""### Every night: small files together, old ones away, every number recomputed

Compaction and VACUUM run under the pool and the lock of the table's own job, so that no table ever has two writers;
the Bronze streams compact their own tables. Then `ecom verify` recomputes the order state and Gold, and the pages of
contracts and dbt are made again.

What to do when it fails: the task's log has the sentence; `ecom maintain …` and `ecom verify` run the same by hand.
"""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from airflow.sdk import dag, task

from ecom.base.settings import load_settings
from ecom.contracts.loader import load_datasets
from ecom.orchestration.notifier import Alert
from ecom.orchestration.task_defaults import task_defaults


@dag(
    schedule="30 2 * * *",  # no start date: with one, a new platform would begin with last night's run
    catchup=False,
    max_active_runs=1,
    tags=["maintenance"],
    doc_md=__doc__,
    default_args=task_defaults("ecom verify", within=timedelta(hours=4), retry_delay=timedelta(minutes=5)),
    on_success_callback=Alert("over"),
)
def lake_maintenance() -> None:
    def maintain(table: str, pool: str) -> Any:
        @task(task_id=f"maintain_{table}", pool=pool)
        def run() -> None:
            from ecom.orchestration.jobs import run_ecom

            run_ecom("maintain", table)

        return run()

    @task(trigger_rule="all_done")
    def verify() -> None:
        """order_state and Gold, recomputed from the clean tables."""
        from ecom.orchestration.jobs import run_ecom

        run_ecom("verify")

    @task
    def contracts() -> None:
        """Are the contracts valid?"""
        from ecom.orchestration.jobs import run_ecom

        run_ecom("contracts", "check")

    @task
    def dbt_docs() -> None:
        """The dbt docs site, with the contracts' page, and its manifest."""
        from ecom.orchestration.jobs import run_ecom

        run_ecom("docs")

    tables = [
        maintain("bronze", "default_pool"),
        *(maintain(f"silver_{dataset}", f"silver_{dataset}") for dataset in load_datasets(load_settings())),
        maintain("silver_enrich", "silver_enrich"),
        maintain("gold", "gold"),
    ]
    for earlier, later in pairwise(tables):
        earlier >> later  # one Spark driver at a time
    tables[-1] >> verify()
    contracts() >> dbt_docs()


lake_maintenance()
