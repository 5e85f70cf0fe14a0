"""Whether a port is free, and what a reader is told when it is not."""

import os
import socket
from collections.abc import Iterator

import psutil
import pytest

from ecom.base.ports import PortCheck, describe_taken


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_port_is_taken_while_somebody_listens_and_free_after(taken: int) -> None:
    assert not PortCheck("Kafka", taken).is_free


def test_a_port_that_nobody_has_is_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    assert PortCheck("Kafka", port).is_free


def test_the_owner_is_named_with_its_pid(taken: int) -> None:
    assert f"(pid {os.getpid()})" in PortCheck("Kafka", taken).owner


def test_an_owner_that_may_not_be_seen_is_another_process(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", denied)
    assert PortCheck("Kafka", taken).owner == "another process"


def test_the_reader_is_told_whose_port_it_is_and_how_to_move(taken: int) -> None:
    what, remedy = describe_taken(PortCheck("Trino", taken))
    assert what.startswith(f"port {taken} for Trino is taken by ")
    assert "ECOM_PORT_BASE" in remedy
