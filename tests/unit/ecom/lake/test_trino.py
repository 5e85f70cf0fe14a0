"""A Trino that is not there, is hung, or is something else: one sentence, in time. No Trino needed."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import Settings
from ecom.lake.trino import UnreachableError, literal, query


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


def _settings(port: int) -> Settings:
    return Settings(trino_host="127.0.0.1", trino_port=port)


def _fails(port: int) -> tuple[str, float]:
    started = time.monotonic()
    with pytest.raises(EcomError) as raised:
        query(_settings(port), "select 1")
    assert raised.value.code == ExitCode.UNAVAILABLE
    return str(raised.value), time.monotonic() - started


def test_a_closed_port_is_said_at_once(listening: socket.socket) -> None:
    port = listening.getsockname()[1]
    sentence, seconds = _fails(port)
    assert f"127.0.0.1:{port}" in sentence and "TRINO_PORT" in sentence
    assert seconds < 2


def test_a_trino_that_hangs_is_given_up_within_15_seconds(listening: socket.socket) -> None:
    listening.listen()
    sentence, seconds = _fails(listening.getsockname()[1])
    assert "no answer in time" in sentence
    assert seconds < 15


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (200, b'{"starting": true}', "still starting"),
        (200, b"<html>", "not Trino's"),
        (404, b"", "HTTP 404"),
    ],
)
def test_what_answers_instead_of_a_ready_trino_is_named(status: int, body: bytes, says: str) -> None:
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sentence, seconds = _fails(server.server_address[1])
        server.shutdown()
    assert says in sentence and seconds < 15


def test_a_local_trino_that_is_down_says_how_to_start_it(listening: socket.socket) -> None:
    with pytest.raises(UnreachableError, match="ecom up"):
        query(Settings(trino_port=listening.getsockname()[1]), "select 1")


def test_a_literal_doubles_its_quotes() -> None:
    assert literal("it's") == "'it''s'"
