"""The whole platform as `ecom up --all` starts it: Airflow's real scheduler, with no hand on it."""

import json
import os
import shutil
import signal
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings, load_settings
from ecom.lake.trino import query
from ecom.stack.airflow import ADMIN, passwords_file
from ecom.stack.before_scheduler import IDLE
from ecom.stack.control import status
from ecom.stack.services import AIRFLOW
from oracle import compare, gold_from_kafka
from tests.conftest import free_port_base
from tests.lake import GOLD, ecom
from tests.receivers import Received, alert_settings, slack_receiver, smtp_server
from tests.sockets import ON_LOOPBACK, family, listening

pytestmark = pytest.mark.timeout(1200)
BACK_WITHIN_S = 30


@dataclass
class Platform:
    """A platform of this module's own, its alerts received here."""

    settings: Settings
    environment: dict[str, str]
    received: Received = field(default_factory=Received)
    token: str = ""

    def ecom(self, *arguments: str, timeout: float = 300) -> str:
        done = ecom(self.settings, *arguments, timeout=timeout, environment=self.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def api(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """Airflow's REST API, as its admin."""
        if not self.token and path != "/auth/token":
            password = json.loads(passwords_file(self.settings).read_text())[ADMIN]
            self.token = self.api("/auth/token", {"username": ADMIN, "password": password})["access_token"]
        headers = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.token}"} if self.token else {}
        )
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.settings.airflow_url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def runs(self, dag: str) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = self.api(f"/api/v2/dags/{dag}/dagRuns?order_by=-id&limit=20")["dag_runs"]
        return found

    def pause(self, dag: str, is_paused: bool) -> None:
        self.api(f"/api/v2/dags/{dag}?update_mask=is_paused", {"is_paused": is_paused}, "PATCH")

    def unfinished(self, dag: str) -> list[dict[str, Any]]:
        return [run for run in self.runs(dag) if run["state"] in ("queued", "running")]

    def halt(self, dag: str) -> None:
        """Paused between two runs: the scheduler leaves a paused DAG's run where it is, "running" for ever."""

        def is_at_rest() -> bool:
            self.pause(dag, True)
            time.sleep(3)  # the scheduler may be about to make a run
            if not self.unfinished(dag):
                return True
            self.pause(dag, False)
            return False

        wait_for(is_at_rest, 300, f"{dag} is at rest")

    def gold(self) -> list[tuple[Any, ...]]:
        return query(self.settings, f"{GOLD} order by 1, 2").rows

    def equals_oracle(self) -> bool:
        expected = gold_from_kafka(self.settings)
        try:
            return bool(expected.gold) and compare(self.gold(), expected) == []
        except EcomError:  # no Gold yet
            return False

    def pid(self, service: str) -> int:
        (found,) = [s.pid for s in status(self.settings) if s.name == service]
        assert found, f"{service} does not run"
        return found


def wait_for(what: Callable[[], Any], within: float, why: str) -> Any:
    until = time.monotonic() + within
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(2)
    raise AssertionError(f"{why}: not within {within:.0f} s")


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    home, received = Path(tempfile.mkdtemp(prefix="ecom-airflow-")), Received()
    with smtp_server(received) as smtp, slack_receiver(received) as slack:
        environment = {
            "ECOM_HOME": str(home),
            "ECOM_PORT_BASE": str(free_port_base()),
            "SILVER_SCHEDULE": "* * * * *",
            "GOLD_RETRY_SECONDS": "1",
        } | alert_settings(smtp, slack)
        made = Platform(load_settings(environment), environment, received)
        try:
            print(made.ecom("up", "--all", timeout=600))
            yield made
        finally:
            made.ecom("down")
            shutil.rmtree(home, ignore_errors=True)


def test_the_platform_is_up_and_says_where(platform: Platform) -> None:
    states = json.loads(platform.ecom("status", "--json"))
    assert states["ok"]
    names = {service["name"] for service in states["services"]}
    assert {"bronze", "airflow-scheduler", "airflow-api-server", "airflow-triggerer", "dashboard", "dbt-docs"} <= names
    memory = sum(service["memory"] for service in states["services"])
    print(f"memory: {memory / 2**30:.2f} GiB")
    assert memory < 6 * 2**30, "with two Spark drivers of Silver it is to fit 8 GiB"
    docs = f"http://127.0.0.1:{platform.settings.port('dbt-docs')}/"
    with urllib.request.urlopen(docs, timeout=10) as page:
        assert b"dbt" in page.read()


def test_every_socket_of_the_platform_is_on_loopback(platform: Platform) -> None:
    found = listening(family(*(s.pid for s in status(platform.settings) if s.pid)))
    assert {platform.settings.port(name) for name in ("airflow", "dbt-docs", "kafka", "streamlit")} <= {
        port for *_, port in found
    }
    assert {socket for socket in found if socket[1] not in ON_LOOPBACK} == set()


def test_an_alert_s_setting_starts_only_airflow_s_processes_again(platform: Platform) -> None:
    before = {service.name: service.pid for service in status(platform.settings)}
    platform.environment["ALERT_EMAIL_FROM"] = "night@example.com"
    assert "starting Airflow again" in platform.ecom("up", "--all", timeout=600)
    after = {service.name: service.pid for service in status(platform.settings)}
    assert {name for name in before if before[name] != after[name]} == {f"airflow-{name}" for name in AIRFLOW}
    assert platform.received.mails == [], "a planned start is no problem to tell of"


def test_events_become_gold_with_no_hand_on_it(platform: Platform) -> None:
    platform.ecom("produce", "--orders", "300", "--seed", "11")
    wait_for(platform.equals_oracle, 420, "events in, silver run, Asset, Gold")
    by_asset = wait_for(
        lambda: [r for r in platform.runs("gold_dbt") if r["state"] == "success"], 120, "a run of gold_dbt"
    )
    assert {run["run_type"] for run in by_asset} == {"asset_triggered"}
    commands = query(platform.settings, "select distinct command from gold_audit.dbt_results").rows
    assert {"run", "test"} <= {row[0] for row in commands}
    assert platform.runs("lake_maintenance") == [], "the night has not come"


def test_a_killed_stream_and_a_killed_scheduler_are_back_and_nothing_is_lost(platform: Platform) -> None:
    from ecom.stack.ready import check_bronze

    before = platform.pid("bronze")
    workers = psutil.Process(platform.pid("airflow-scheduler")).children()
    assert idle(workers)
    os.kill(platform.pid("airflow-scheduler"), signal.SIGKILL)
    for process in [psutil.Process(before), *psutil.Process(before).children(recursive=True)]:
        process.kill()
    killed = time.monotonic()
    platform.ecom("produce", "--orders", "100", "--seed", "12")

    def is_back() -> bool:
        try:
            check_bronze(platform.settings)
        except EcomError:
            return False
        return platform.pid("bronze") != before

    wait_for(is_back, BACK_WITHIN_S, "the stream is back, its heartbeat from a process of its own")
    print(f"the stream was back after {time.monotonic() - killed:.0f} s")
    wait_for(platform.equals_oracle, 420, "Gold holds what came meanwhile")
    assert not idle(workers), "the new scheduler ends those that the killed one left"
    platform.ecom("account")


def idle(workers: list[psutil.Process]) -> list[psutil.Process]:
    """Those of Airflow's workers that wait for a task."""
    return [worker for worker in workers if worker.is_running() and any(IDLE in word for word in worker.cmdline())]


def test_a_run_with_nothing_new_ends_in_seconds_and_publishes_nothing(platform: Platform) -> None:
    published = len(platform.runs("gold_dbt"))

    def idle_run() -> dict[str, Any] | None:
        newest = next(run for run in platform.runs("silver_jobs") if run["state"] == "success")
        tasks = platform.api(f"/api/v2/dags/silver_jobs/dagRuns/{newest['dag_run_id']}/taskInstances")
        return newest if {t["state"] for t in tasks["task_instances"]} == {"skipped"} else None

    idle = wait_for(idle_run, 240, "a run whose tasks are all skipped")
    took = datetime.fromisoformat(idle["end_date"]) - datetime.fromisoformat(idle["start_date"])
    assert took.total_seconds() < 60, "a run with nothing new starts no Spark"  # 10 s on a quiet machine of 2 cores
    assert len(platform.runs("gold_dbt")) <= published + 1


def test_a_failing_audit_leaves_gold_as_it_was_and_sends_one_alert_and_one_when_it_is_over(
    platform: Platform,
) -> None:
    platform.halt("silver_jobs")
    wait_for(lambda: not platform.unfinished("gold_dbt"), 180, "gold_dbt is idle")
    before, mailed = platform.gold(), len(platform.received.mails)
    plant_a_bad_order(platform.settings)
    assert _triggered(platform, "gold_dbt") == "failed"
    assert platform.gold() == before
    wait_for(lambda: len(platform.received.mails) > mailed, 60, "an alert")
    assert _triggered(platform, "gold_dbt") == "failed", "the problem is still there"
    time.sleep(5)
    assert len(platform.received.mails) == len(platform.received.slack) == mailed + 1
    subject, text = platform.received.mails[-1]
    assert "gold_dbt: dbt.fct_sales_minute.run failed" in subject
    assert "Since: " in text and "dbt build" in text
    platform.ecom("run", "silver", "--rebuild")
    assert _triggered(platform, "gold_dbt") == "success"
    wait_for(lambda: len(platform.received.mails) == mailed + 2, 60, "the alert that it is over")
    assert "Over: gold_dbt" in platform.received.mails[-1][0]
    assert platform.equals_oracle()


def test_the_night_s_maintenance_runs_under_the_scheduler_and_changes_no_number(platform: Platform) -> None:
    platform.halt("silver_jobs")
    before = platform.gold()
    assert _triggered(platform, "lake_maintenance", within=900) == "success"
    (run,) = platform.runs("lake_maintenance")
    tasks = platform.api(f"/api/v2/dags/lake_maintenance/dagRuns/{run['dag_run_id']}/taskInstances")["task_instances"]
    assert {task["state"] for task in tasks} == {"success"}
    operations = query(platform.settings, 'select operation from silver."order_state$history"').rows
    assert "VACUUM END" in {row[0] for row in operations}  # what to compact there is depends on what ran before
    assert platform.gold() == before
    platform.ecom("account")


def plant_a_bad_order(settings: Settings) -> None:
    """A paid order of a negative total, which no job of ours would write."""
    columns = query(settings, "select * from silver.order_state limit 0").columns
    bad = {"order_id": "'bad'", "total_amount": "decimal '-9000000'", "status": "'PAID'"}  # its minute's gmv with it
    listed = ", ".join(bad.get(name, name) for name in columns)
    known = "select * from silver.order_state where order_minute is not null and paid_amount > 0 limit 1"
    query(settings, f"insert into silver.order_state select {listed} from ({known})")


def _triggered(platform: Platform, dag: str, within: float = 300) -> str:
    """The state in which a run ends that is started by hand."""
    run = platform.api(f"/api/v2/dags/{dag}/dagRuns", {"logical_date": None})["dag_run_id"]

    def ended() -> str | None:
        state = str(platform.api(f"/api/v2/dags/{dag}/dagRuns/{run}")["state"])
        return state if state in ("success", "failed") else None

    return str(wait_for(ended, within, f"{dag} has ended"))
