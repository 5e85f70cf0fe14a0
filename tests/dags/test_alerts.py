"""The alerts, to a real SMTP server and a real HTTP receiver."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.orchestration.alerts import AlertBook, Problem
from ecom.stack.airflow import connections
from tests.receivers import Received, alert_settings, slack_receiver, smtp_server

PROBLEM = Problem("gold_dbt.run", "gold_dbt: run failed: left as it was", "DAG gold_dbt", "2026-11-01", "dbt build")


@pytest.fixture
def received() -> Received:
    return Received()


@pytest.fixture
def smtp_port(received: Received) -> Iterator[int]:
    with smtp_server(received) as port:
        yield port


@pytest.fixture
def slack_port(received: Received) -> Iterator[int]:
    with slack_receiver(received) as port:
        yield port


@pytest.fixture
def configured(tmp_path: Path, smtp_port: int, slack_port: int, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return configure(tmp_path, smtp_port, slack_port, monkeypatch)


def configure(home: Path, smtp: int, slack: int, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """In the environment, as Airflow's processes have it."""
    given = {"ECOM_HOME": str(home)} | alert_settings(smtp, slack)
    settings = Settings.model_validate({name.lower(): value for name, value in given.items()})
    for name, value in (given | connections(settings)).items():
        monkeypatch.setenv(name, value)
    return settings


def of_task(exception: str = "audit <failed> for {{ x }}") -> dict[str, Any]:
    """What Airflow gives a task's callback."""
    ti = SimpleNamespace(dag_id="gold_dbt", task_id="dbt.fct.run", run_id="r1", map_index=-1, log_url="http://log")
    return {
        "ti": ti,
        "exception": exception,
        "dag_run": SimpleNamespace(dag_id="gold_dbt", start_date="2026-11-01T10:00"),
    }


def test_a_failure_is_told_once_and_once_when_it_is_over(configured: Settings, received: Received) -> None:
    from ecom.orchestration.notifier import Alert

    for _ in range(3):
        Alert("failed", "dbt build")(of_task())
    assert (len(received.mails), len(received.slack)) == (1, 1)
    subject, mail = received.mails[0]
    assert subject.startswith("[ecom] gold_dbt: dbt.fct.run failed: audit")
    for text in (mail.replace("&lt;", "<").replace("&gt;", ">"), received.slack[0]):
        assert "audit <failed> for {{ x }}" in text, "what"
        assert "DAG gold_dbt, task dbt.fct.run, run r1; its log: http://log" in text, "where"
        assert f"Since: {datetime.now(UTC):%Y-%m-%dT%H}" in text and "dbt build" in text, "since when, and what to type"
    Alert("over")({"dag_run": SimpleNamespace(dag_id="silver_jobs")})
    assert len(received.mails) == 1, "another DAG's success ends nothing"
    for _ in range(2):
        Alert("over")({"dag_run": SimpleNamespace(dag_id="gold_dbt")})
    assert [subject for subject, _ in received.mails[1:]] == [f"[ecom] Over: {subject.removeprefix('[ecom] ')}"]
    Alert("failed", "dbt build")(of_task())
    assert len(received.mails) == len(received.slack) == 3, "the same failure later is a new problem"


def test_a_missed_deadline_is_told_from_the_triggerer(configured: Settings, received: Received) -> None:
    import asyncio

    from ecom.orchestration.notifier import Alert

    context = {
        "dag_run": {"dag_id": "gold_dbt", "dag_run_id": "r2"},
        "deadline": {"deadline_time": "2026-11-01T10:10:00+00:00"},
    }

    async def as_the_triggerer_does() -> None:
        for _ in range(2):
            await Alert(event="missed", next_command="dbt build", context=context)

    asyncio.run(as_the_triggerer_does())
    assert len(received.slack) == 1
    assert "gold_dbt missed its deadline" in received.slack[0] and "2026-11-01T10:10:00" in received.slack[0]


def test_one_channel_that_is_down_does_not_silence_the_other(
    tmp_path: Path, slack_port: int, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecom.orchestration.notifier import send

    send(configure(tmp_path, 1, slack_port, monkeypatch), PROBLEM)
    assert received.slack == [PROBLEM.text]


def test_what_was_told_to_nobody_is_not_told_to_be_over(
    tmp_path: Path, smtp_port: int, slack_port: int, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecom.orchestration.notifier import Alert

    for name in ("ALERT_SMTP_URL", "ALERT_SLACK_WEBHOOK_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ECOM_HOME", str(tmp_path))
    Alert("failed").notify(of_task())
    configure(tmp_path, smtp_port, slack_port, monkeypatch)
    Alert("over").notify({"dag_run": SimpleNamespace(dag_id="gold_dbt")})
    assert (received.mails, received.slack) == ([], [])


def test_the_exception_says_since_when_and_a_look_elsewhere_says_why(configured: Settings, received: Received) -> None:
    from ecom.orchestration.notifier import Alert
    from ecom.orchestration.stream_watch import StreamsFailed

    gone = of_task() | {"exception": StreamsFailed("gone", datetime(2026, 11, 1, 9, 30, tzinfo=UTC))}
    Alert("failed", why=lambda settings, context: "dbt test not_null: 3 rows").notify(gone)
    assert "failed: dbt test not_null: 3 rows" in received.slack[0]
    assert "Since: 2026-11-01T09:30:00+00:00" in received.slack[0]


def test_that_it_is_over_is_told_once_a_channel_takes_it(
    tmp_path: Path, smtp_port: int, slack_port: int, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecom.orchestration.notifier import Alert

    succeeded = {"dag_run": SimpleNamespace(dag_id="gold_dbt")}
    configure(tmp_path, smtp_port, slack_port, monkeypatch)
    Alert("failed").notify(of_task())
    configure(tmp_path, 1, 1, monkeypatch)
    with pytest.raises(EcomError, match="No alert went out"):
        Alert("over").notify(succeeded)
    configure(tmp_path, smtp_port, slack_port, monkeypatch)
    for _ in range(2):
        Alert("over").notify(succeeded)
    assert [text.partition(":")[0] for text in received.slack] == ["gold_dbt", "Over"]


def test_what_no_channel_took_is_sent_when_it_is_next_met(
    tmp_path: Path, smtp_port: int, slack_port: int, received: Received, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ecom.orchestration.notifier import Alert

    configure(tmp_path, 1, 1, monkeypatch)
    with pytest.raises(EcomError, match="No alert went out"):
        Alert("failed").notify(of_task())
    configure(tmp_path, smtp_port, slack_port, monkeypatch)
    Alert("failed").notify(of_task())
    assert (len(received.mails), len(received.slack)) == (1, 1)


def test_of_many_that_meet_a_problem_at_once_one_opens_it_and_one_closes_it(tmp_path: Path) -> None:
    book = AlertBook(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: book.open(PROBLEM), range(40)))
        closed = list(pool.map(lambda _: book.close("gold_dbt."), range(40)))
    assert opened.count(True) == 1
    assert [problem for problems in closed for problem in problems] == [PROBLEM]
    assert os.listdir(tmp_path) == []


def test_smtp_is_starttls_unless_it_is_told_otherwise() -> None:
    from ecom.stack.airflow import smtp_connection

    def tls(url: str) -> tuple[Any, Any, Any]:
        found = smtp_connection(url, "from@x")
        extra: Any = found["extra"]
        return found["port"], extra["disable_ssl"], extra["disable_tls"]

    assert tls("smtp://u:p%40@mail") == (587, True, False)
    assert tls("smtps://mail") == (465, False, True)
    assert tls("smtp://mail:25?starttls=off") == (25, True, True)
    assert smtp_connection("smtp://u:p%40@mail", "f")["password"] == "p@"
