"""What is written beside a running stack, and what is refused before anything starts."""

import json
import socket
from pathlib import Path

import pytest
from dotenv import dotenv_values

from ecom.base.errors import EcomError
from ecom.base.layout import Layout
from ecom.base.settings import Settings
from ecom.stack.control import ServiceStatus, _dotenv, _recorded, _write_stack_env, down, refuse_taken_ports
from ecom.stack.services import Service


@pytest.mark.parametrize(
    "value",
    ["plain", "with space", "it's", "back\\slash", "$HOME", 'a "quoted" one', "#no comment", ""],
)
def test_a_value_comes_back_from_the_environment_file_as_it_was(tmp_path: Path, value: str) -> None:
    path = tmp_path / "airflow.env"
    path.write_text(_dotenv({"A": value, "B": "2"}))
    assert dotenv_values(path) == {"A": value, "B": "2"}


def test_what_runs_is_not_known_where_nothing_or_another_version_wrote_it(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    assert _recorded(layout) == {}
    layout.fingerprint.write_text("abc")
    assert _recorded(layout) == {}
    layout.fingerprint.write_text(json.dumps({"kafka": "abc"}))
    assert _recorded(layout) == {"kafka": "abc"}


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        ({}, {}),
        ({"ecom_port_base": 24000}, {"ECOM_PORT_BASE": "24000"}),
        ({"trino_https": True}, {"TRINO_HTTPS": "true"}),
        ({"trino_https": True, "trino_host": "trino.example.com"}, {}),
    ],
)
def test_a_second_shell_is_told_ports_and_https_of_the_local_stack(
    tmp_path: Path, given: dict[str, object], lines: dict[str, str]
) -> None:
    layout = Layout(tmp_path)
    _write_stack_env(Settings.model_validate(given), layout)
    assert dotenv_values(layout.stack_env) == lines


def test_a_port_that_somebody_has_is_refused_with_the_remedy() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        local = Service("kafka", "Kafka", True, "-", (port,), 1)
        with pytest.raises(EcomError, match=rf"^Port {port} for Kafka is taken by .*ECOM_PORT_BASE"):
            refuse_taken_ports([local])
    refuse_taken_ports([local])


@pytest.mark.parametrize(
    ("state", "ok"),
    [("running", True), ("reachable", True), ("starting", False), ("fatal", False), ("not started", False)],
)
def test_a_service_is_well_when_it_runs_or_is_reached(state: str, ok: bool) -> None:
    assert ServiceStatus("kafka", True, state, "-", None, None).ok is ok


def test_where_nothing_was_ever_started_down_does_nothing(tmp_path: Path) -> None:
    assert down(Settings(ecom_home=tmp_path / "home"), lambda line: None) is False
    assert not (tmp_path / "home").exists()
