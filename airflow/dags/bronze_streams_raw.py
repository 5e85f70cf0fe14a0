"""### Are the Bronze streams running, and do they keep up?

The streams are no tasks: a supervisor keeps them (`ecom status`), a restart policy in containers. This DAG compares
Kafka's offsets with the tables', and fails when records wait longer than `LAG_OBJECTIVE_SECONDS`, or when the streams'
heartbeat stops. When Airflow is down the streams go on; when it is back, it looks again.

What to do: `ecom status`, `ecom logs bronze`, docs/operations.md.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import dag, task

from ecom.orchestration.notifier import Alert
from ecom.orchestration.stream_watch import WatchStreams
from ecom.orchestration.task_defaults import task_defaults


@dag(
    schedule="@continuous",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),  # without one, every run has the first one's date
    catchup=False,
    max_active_runs=1,
    tags=["bronze", "streams"],
    doc_md=__doc__,
    # What the watch finds fails at once: see StreamsFailed.
    default_args=task_defaults("ecom status && ecom logs bronze", within=timedelta(minutes=30)),
    on_success_callback=Alert("over"),
)
def bronze_streams_raw() -> None:
    @task
    def start_what_gave_up() -> list[str]:
        """The local supervisor gives up a stream that fails again and again: one more try a run."""
        from ecom.orchestration.stream_watch import restart_fatal

        return restart_fatal()

    start_what_gave_up() >> WatchStreams(task_id="watch")


bronze_streams_raw()
