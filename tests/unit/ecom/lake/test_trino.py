"""A Trino that is not there, is hung, or is something else: one sentence, in time. No Trino needed."""

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import Settings
from ecom.lake.trino import UnreachableError, _refused, is_missing_table, literal, query


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


def refused(name: str, message: str, user: str | None = "dbt") -> str:
    said = SimpleNamespace(error_name=name, message=message, query_id="q1", error_type="USER_ERROR")
    return str(_refused(said, "Trino at 127.0.0.1:8080", user))


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("line 1:15: Table 'delta.gold.fct_sales_minute' does not exist", "`ecom run gold`"),
        ("line 1:15: Schema 'gold' does not exist", "`ecom run gold`"),
        ("line 1:15: Table 'delta.silver.orders_clean' does not exist", "`ecom run silver`"),
        ("line 1:15: Table 'delta.bronze_raw.orders_raw' does not exist", "`ecom run bronze`"),
    ],
)
def test_a_missing_table_says_which_command_makes_it(message: str, says: str) -> None:
    name = "SCHEMA_NOT_FOUND" if "Schema" in message else "TABLE_NOT_FOUND"
    assert says in refused(name, message) and is_missing_table(EcomError(refused(name, message)))


def test_a_missing_table_of_the_user_s_own_gets_no_advice() -> None:
    assert "ecom run" not in refused("TABLE_NOT_FOUND", "line 1:15: Table 'delta.mine.t' does not exist")


def test_an_unknown_user_of_our_trino_gets_the_names_of_those_it_knows() -> None:
    told = refused("PERMISSION_DENIED", "Access Denied: Cannot execute query", "nobody")
    assert "set TRINO_USER to dbt, dashboard or operator" in told
    assert "docs/trino.md" in refused("PERMISSION_DENIED", "Access Denied: Cannot insert into table", "operator")
    assert "TRINO_USER" not in refused("PERMISSION_DENIED", "Access Denied: Cannot execute query", None)
