"""What may not be there yet is asked for again, for a bounded time."""

import logging
import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

from ecom.base.errors import EcomError

log = logging.getLogger(__name__)
T = TypeVar("T")


def retry(attempt: Callable[[], T], within_s: float, stop: Event | None = None) -> T:
    """What `attempt` returns, tried again each second while it raises EcomError; the last one is raised after
    `within_s` seconds, or once `stop` is set."""
    stop, started, logged = stop or Event(), time.monotonic(), ""
    while True:
        try:
            return attempt()
        except EcomError as error:
            if time.monotonic() - started > within_s or stop.is_set():
                raise
            if str(error) != logged:
                logged = str(error)
                log.info("waiting, at most %.0f s: %s", within_s, logged)
            stop.wait(1)
