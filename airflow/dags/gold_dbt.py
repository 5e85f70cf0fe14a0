"""### Silver to Gold: dbt on Trino

Started by the Asset `silver.order_payments_enriched`. Source freshness first, then each dbt model with its tests. What
fails its audit is never published: Gold stays as it was, and the rejected rows are in `gold_audit`.

What to do when it fails: the task's log has dbt's sentence; `gold_audit.dbt_results` has every invocation. By hand:
`cd dbt_project && dbt build -s fct_sales_minute vw_sales_last_60min`.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from airflow.sdk import Asset, dag, task
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import InvocationMode, LoadMode, TestBehavior

from ecom.base.layout import docs_folder
from ecom.base.settings import ROOT, load_settings
from ecom.orchestration.dbt_failures import failed_nodes
from ecom.orchestration.notifier import Alert
from ecom.orchestration.task_defaults import task_defaults

SETTINGS = load_settings()
PROJECT = ROOT / "dbt_project"
BY_HAND = ". .venv/bin/activate && cd dbt_project && dbt build -s fct_sales_minute vw_sales_last_60min"


@dag(
    schedule=[Asset("silver.order_payments_enriched")],
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["gold", "dbt"],
    doc_md=__doc__,
    default_args=task_defaults(
        BY_HAND,
        within=timedelta(hours=1),
        retries=2,
        retry_delay=timedelta(seconds=SETTINGS.gold_retry_seconds),
        alert=Alert("failed", BY_HAND, failed_nodes),
    )
    | {"pool": "gold"},
    on_success_callback=Alert("over"),
    # An Asset's run has no logical date: a deadline from that would never come.
    deadline=DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=10),
        callback=AsyncCallback(Alert, kwargs={"event": "missed", "next_command": BY_HAND}),
    ),
)
def gold_dbt() -> None:
    @task
    def source_freshness() -> None:
        """`dbt source freshness`: is Silver young enough to build from?"""
        from ecom.orchestration.jobs import run_dbt

        run_dbt(load_settings(), "source", "freshness")

    models = DbtTaskGroup(
        group_id="dbt",
        project_config=ProjectConfig(
            dbt_project_path=PROJECT, manifest_path=docs_folder(SETTINGS.ecom_home) / "manifest.json"
        ),
        profile_config=ProfileConfig(
            profile_name="ecom_analytics", target_name="dev", profiles_yml_filepath=PROJECT / "profiles.yml"
        ),
        execution_config=ExecutionConfig(
            dbt_executable_path=str(Path(sys.executable).with_name("dbt")), invocation_mode=InvocationMode.SUBPROCESS
        ),
        render_config=RenderConfig(load_method=LoadMode.DBT_MANIFEST, test_behavior=TestBehavior.AFTER_EACH),
        # Nothing secret: what stands here is stored with the DAG. Our dbt command finds Trino from the settings.
        operator_args={
            "env": {"NO_COLOR": "1", "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"},
            "append_env": True,
            "install_deps": False,
        },
    )
    source_freshness() >> models


gold_dbt()
