"""What a long command says while it works: a line a step, on standard error."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ecom.base.shown import shown

log = logging.getLogger("ecom.progress")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Log that a step began, and what it took."""
    log.info("%s …", what)
    started = time.monotonic()
    yield
    log.info("%s: done in %.1f s", what, time.monotonic() - started)


class _Shown(logging.Formatter):
    """A message may quote what a shop sent."""

    def format(self, record: logging.LogRecord) -> str:
        return shown(super().format(record))


def log_to_terminal() -> None:
    """One plain line a message, on standard error: standard output is for results."""
    logging.getLogger().addHandler(logging.NullHandler())  # py4j would print a traceback of each Ctrl-C there
    handler = logging.StreamHandler()
    handler.setFormatter(_Shown("%(asctime)s %(message)s", datefmt="%H:%M:%S"))
    for name in ("ecom", "spark_jobs"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.handlers = [handler]
