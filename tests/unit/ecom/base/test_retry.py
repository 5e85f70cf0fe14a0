"""Something that may not be there yet is asked for again, and not for ever."""

import logging
from threading import Event

import pytest

from ecom.base.errors import EcomError
from ecom.base.retry import retry


class At(Event):
    """An event whose waits take no time, and are counted."""

    waits = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.waits += 1
        return self.is_set()


class Service:
    """Does not answer the first times."""

    def __init__(self, *failures: str) -> None:
        self.failures, self.asked = list(failures), 0

    def __call__(self) -> str:
        self.asked += 1
        if self.failures:
            raise EcomError(self.failures.pop(0))
        return "ready"


def test_what_answers_at_once_is_asked_once() -> None:
    service, stop = Service(), At()
    assert retry(service, 10, stop) == "ready"
    assert (service.asked, stop.waits) == (1, 0)


def test_it_is_asked_until_it_answers_and_each_new_reason_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    service, stop = Service("closed", "closed", "starting"), At()
    with caplog.at_level(logging.INFO):
        assert retry(service, 10, stop) == "ready"
    assert (service.asked, stop.waits) == (4, 3)
    assert [record.getMessage() for record in caplog.records] == [
        "waiting, at most 10 s: closed",
        "waiting, at most 10 s: starting",
    ]


def test_after_the_time_the_last_reason_is_raised() -> None:
    with pytest.raises(EcomError, match="closed"):
        retry(Service("closed", "closed"), -1, At())


def test_who_is_stopped_does_not_ask_again() -> None:
    service, stop = Service("closed", "closed"), At()
    stop.set()
    with pytest.raises(EcomError, match="closed"):
        retry(service, 60, stop)
    assert service.asked == 1


def test_another_error_is_nobody_s_to_wait_for() -> None:
    def broken() -> None:
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        retry(broken, 60, At())
