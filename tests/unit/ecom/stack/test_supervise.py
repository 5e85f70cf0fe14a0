"""What the supervisor is told, and what it says of its processes."""

import os
import xmlrpc.client
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

from ecom.base.errors import EcomError
from ecom.base.layout import Layout
from ecom.stack import supervise
from ecom.stack.supervise import Process


class Supervisor:
    """Answers as supervisord's RPC does; keeps what it was asked to do."""

    def __init__(self, **states: str) -> None:
        self.states, self.done = states, list[tuple[str, str]]()

    def getAllProcessInfo(self) -> list[dict[str, Any]]:  # noqa: N802
        def row(name: str, state: str) -> dict[str, Any]:
            return {"name": name, "statename": state, "pid": 7 if state == "RUNNING" else 0, "start": 60}

        return [row(name, state) for name, state in self.states.items()]

    def startProcess(self, name: str, wait: bool) -> None:  # noqa: N802
        self.done.append(("start", name))

    def stopProcess(self, name: str) -> None:  # noqa: N802
        self.done.append(("stop", name))
        if self.states[name] != "RUNNING":
            raise xmlrpc.client.Fault(70, "NOT_RUNNING")

    def reloadConfig(self) -> list[list[list[str]]]:  # noqa: N802
        return [[["bronze", "dbt-docs"], [], []]]

    def addProcessGroup(self, name: str) -> None:  # noqa: N802
        self.done.append(("add", name))

    def getState(self) -> dict[str, Any]:  # noqa: N802
        return {"statename": "RUNNING"}

    def getPID(self) -> int:  # noqa: N802
        return os.getpid()

    def shutdown(self) -> None:
        self.done.append(("shutdown", ""))


LAYOUT = Layout(Path("/nowhere"))


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    found = Supervisor(kafka="RUNNING", trino="EXITED", s3="FATAL")
    monkeypatch.setattr(supervise, "_rpc", lambda layout: found)
    return found


def test_where_no_supervisor_runs_there_are_no_processes(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert not supervise.is_running(layout)
    assert supervise.processes(layout) == {}
    supervise.stop(layout)  # nothing to end


def test_a_process_has_the_supervisor_s_word_and_runs_since(supervisor: Supervisor) -> None:
    assert supervise.is_running(LAYOUT)
    assert supervise.processes(LAYOUT) == {
        "kafka": Process("running", 7, datetime.fromtimestamp(60, UTC)),
        "trino": Process("exited", None, None),
        "s3": Process("fatal", None, None),
    }


def test_what_does_not_run_is_started_of_all_or_of_those_that_are_named(supervisor: Supervisor) -> None:
    assert supervise.start_stopped(LAYOUT) == ["trino", "s3"]
    assert supervise.start_stopped(LAYOUT, ["s3", "kafka"]) == ["s3"]
    assert supervisor.done == [("start", "trino"), ("start", "s3"), ("start", "s3")]


def test_a_restart_stops_the_last_first_and_starts_in_order(supervisor: Supervisor) -> None:
    supervise.restart(LAYOUT, ["kafka", "trino"])
    assert supervisor.done == [("stop", "trino"), ("stop", "kafka"), ("start", "kafka"), ("start", "trino")]


def test_what_the_configuration_newly_names_is_added(supervisor: Supervisor) -> None:
    assert supervise.add_new(LAYOUT) == ["bronze", "dbt-docs"]
    assert supervisor.done == [("add", "bronze"), ("add", "dbt-docs")]


def test_a_supervisor_that_does_not_end_is_named_with_its_log(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(self: psutil.Process, timeout: float) -> None:
        raise psutil.TimeoutExpired(timeout)

    monkeypatch.setattr(psutil.Process, "wait", never)
    with pytest.raises(EcomError, match=rf"pid {os.getpid()}\) has not ended within 60 s; see .*supervisord\.log"):
        supervise.stop(LAYOUT)
    assert supervisor.done == [("shutdown", "")]


def test_a_service_gets_what_it_is_given_and_of_ours_only_who_and_where_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the shell")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    found = supervise.service_environment({"TRINO_INTERNAL_SECRET": "x"})
    assert found["PATH"] == os.environ["PATH"]
    assert (found["TZ"], found["TRINO_INTERNAL_SECRET"]) == ("UTC", "x")
    assert "AWS_SECRET_ACCESS_KEY" not in found


def test_another_stack_s_processes_are_no_leftovers_of_this_one(tmp_path: Path) -> None:
    assert supervise.leftovers(Layout(tmp_path)) == []
