"""Whether a service works, by what it answers."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.stack import ready
from ecom.stack.ready import _refusal, accepts, check, check_airflow, check_bronze
from ecom.stack.services import Service
from tests.bucket import Objects


class Web(BaseHTTPRequestHandler):
    answers: dict[str, str]

    def do_GET(self) -> None:
        text = self.answers.get(self.path)
        self.send_response(200 if text is not None else 404)
        self.end_headers()
        self.wfile.write((text or "").encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    Web.answers = {}
    with HTTPServer(("127.0.0.1", 0), Web) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def service(name: str, endpoint: str) -> Service:
    return Service(name, name, True, endpoint, (), 1)


def closed() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_something_that_listens_accepts(web: str) -> None:
    assert accepts(service("dashboard", web))
    assert accepts(service("kafka", f"127.0.0.1:{closed()}, {web.removeprefix('http://')}")), "one broker is enough"
    assert not accepts(service("trino", f"127.0.0.1:{closed()}"))
    assert not accepts(service("trino", "no address"))


def test_what_has_no_endpoint_of_its_own_is_taken_to_accept() -> None:
    assert accepts(service("bronze", "-"))
    assert accepts(service("s3", "the cloud's own S3 endpoint"))


def test_a_page_is_asked_for_its_health_and_another_server_for_its_first_page(web: str) -> None:
    Web.answers = {"/_stcore/health": "ok", "/index.html": ""}
    check(service("dashboard", web), Settings())
    check(service("dbt-docs", web), Settings())
    Web.answers = {}
    with pytest.raises(EcomError, match=r"/_stcore/health does not answer .*404.*; see `ecom status`"):
        check(service("dashboard", web), Settings())


@pytest.mark.parametrize(
    ("process", "health", "state"),
    [
        ("scheduler", {"scheduler": {"status": "healthy"}}, None),
        ("api-server", {"metadatabase": {"status": "healthy"}}, None),
        ("dag-processor", {"dag_processor": {"status": "unhealthy"}}, "unhealthy"),
        ("triggerer", {"triggerer": None}, "not there yet"),
        ("triggerer", {}, "not there yet"),
    ],
)
def test_airflow_says_which_of_its_processes_are_healthy(
    web: str, process: str, health: object, state: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Web.answers = {"/api/v2/monitor/health": json.dumps(health)}
    monkeypatch.setattr(Settings, "airflow_url", web)
    if state is None:
        check_airflow(Settings(), process)
        return
    with pytest.raises(EcomError, match=f"Airflow's {process} is {state}; see `ecom logs airflow-{process}`"):
        check_airflow(Settings(), process)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("NoSuchBucket", r"create it \(aws s3 mb s3://lake\)"),
        ("404", r"create it \(aws s3 mb s3://lake\)"),
        ("AccessDenied", r"refuses access to bucket lake \(AccessDenied\); check AWS_ACCESS_KEY_ID"),
    ],
)
def test_a_bucket_that_is_not_there_and_one_that_is_closed_have_remedies_of_their_own(code: str, says: str) -> None:
    with pytest.raises(EcomError, match=says):
        raise _refusal(Settings(lakehouse_uri="s3://lake"), "http://s3", code)


def test_streams_that_never_gave_a_heartbeat_are_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecom.lake.s3.Bucket", lambda settings: Objects({}))
    with pytest.raises(EcomError, match="have given no heartbeat yet; see `ecom logs bronze`"):
        check_bronze(Settings(ecom_home=tmp_path))


def test_an_old_heartbeat_says_how_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    beat = {"time": "2026-01-31T10:00:00+00:00", "host": "h", "pid": 7, "position": {}}
    bucket = Objects({"_heartbeats/bronze_stream.json": json.dumps(beat)})
    monkeypatch.setattr("ecom.lake.s3.Bucket", lambda settings: bucket)
    with pytest.raises(EcomError, match=r"gave their last heartbeat \d+ s ago"):
        check_bronze(Settings(ecom_home=tmp_path))


def test_a_kafka_that_does_not_listen_is_a_sentence_at_once() -> None:
    settings = Settings(kafka_bootstrap=f"127.0.0.1:{closed()}")
    with pytest.raises(EcomError, match="no connection"):
        ready.check_kafka(settings)
