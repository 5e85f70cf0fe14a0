"""A service that starts slowly is waited for, one that hangs or ends is not; what is said of it is of this start."""

import os
import socket
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecom.base.errors import EcomError
from ecom.base.layout import Layout
from ecom.base.settings import Settings
from ecom.stack import ready, supervise, waiting
from ecom.stack.control import running_word
from ecom.stack.logs import size, telling_line
from ecom.stack.services import Service
from ecom.stack.supervise import Process
from ecom.stack.waiting import LONGEST_S, QUIET_S, Patience, Sign, await_ready, sign_of

SLOW = Service("slow", "The slow one", True, "127.0.0.1:1", (), 100)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("log", "cpu_s", "works"),
    [
        (5, 1.0, False),  # nothing at all
        (6, 1.0, True),  # a line
        (5, 3.0, True),  # two seconds of ten
        (5, 1.1, False),  # an idle JVM
        (5, 0.0, True),  # another process, started again
        (0, 1.0, True),  # the log was begun anew
    ],
)
def test_a_sign_of_work_is_a_line_or_a_computation(log: int, cpu_s: float, works: bool) -> None:
    assert Sign(10, log, cpu_s).shows_work_since(Sign(0, 5, 1.0)) is works


def over_at(works_until: float, within_s: float) -> float:
    """When patience ends with a service that writes a line each second until then."""
    patience = Patience(within_s, Sign(0, 0, 0.0))
    return next(t for t in range(10_000) if patience.is_over(Sign(t, min(t, int(works_until)), 0.0)))


def test_what_works_is_waited_for_and_what_hangs_is_given_up() -> None:
    assert over_at(works_until=0, within_s=100) == 101
    assert over_at(works_until=500, within_s=100) == 500 + QUIET_S + 1
    assert over_at(works_until=9999, within_s=100) == LONGEST_S + 1


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """The slow service runs, as this process, and nothing listens yet."""
    layout = Layout(tmp_path)
    layout.create()
    monkeypatch.setattr(supervise, "processes", lambda _: {"slow": Process("running", os.getpid(), NOW)})
    monkeypatch.setattr(waiting, "accepts", lambda _: False)
    monkeypatch.setattr(waiting, "TELL_S", 0.0)
    return layout


def test_it_is_said_what_is_waited_for_until_it_is_there(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([False, False, True])
    monkeypatch.setattr(waiting, "accepts", lambda _: next(answers))
    monkeypatch.setattr(waiting, "check", lambda *_: None)
    told: list[str] = []
    await_ready(SLOW, Settings(ecom_home=layout.home), layout, told.append)
    assert told[0].startswith("waiting for The slow one, for 0 s so far: nothing listens there yet")
    assert told[-1].startswith("The slow one: ready at 127.0.0.1:1 (")


def test_what_ended_is_told_with_a_line_of_this_start(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    log = layout.log("slow")
    log.write_text("ERROR of yesterday\n")
    before = size(log)
    with log.open("a") as out:
        out.write("starting\nno room left\n")
    monkeypatch.setattr(supervise, "processes", lambda _: {"slow": Process("fatal", None, None)})
    with pytest.raises(EcomError) as refused:
        await_ready(SLOW, Settings(ecom_home=layout.home), layout, lambda _: None, before)
    assert "does not stay up" in str(refused.value) and "of this start: no room left" in str(refused.value)
    assert "What came up stays up" in str(refused.value)


def test_a_log_that_was_begun_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("ERROR: new\n")
    assert telling_line(log, start=1000) == "ERROR: new"
    assert telling_line(log, start=size(log)) == "empty"


def test_the_work_of_a_running_process_is_seen(layout: Layout) -> None:
    before = sign_of(SLOW, layout)
    sum(range(10_000_000))
    assert sign_of(SLOW, layout).cpu_s > before.cpu_s > 0


@pytest.mark.parametrize(
    ("age_s", "works", "word"), [(600, True, "running"), (10, False, "starting"), (600, False, "not well")]
)
def test_a_process_without_a_sign_of_life_is_not_called_running(age_s: int, works: bool, word: str) -> None:
    process = Process("running", 1, NOW - timedelta(seconds=age_s))
    assert running_word(process, NOW, works) == word


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"not HTTP at all\r\n\r\n", "does not answer"),
        (b"", "does not answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "not Airflow's"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", "there yet"),
    ],
)
def test_a_service_that_comes_to_itself_is_no_bug(answer: bytes, said: str) -> None:
    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(EcomError, match=said):
            ready.check_airflow(Settings(airflow_api_url=url), "scheduler")
