"""How a job's file runs by itself: settings, one writer at a time, a session, one sentence on failure."""

import fcntl
import hashlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.settings import Settings, load_settings
from ecom.stack.ready import check_s3
from spark_jobs.session import build_session, jvm_ended

Job = Callable[[SparkSession, Settings], None]


def main(name: str, job: Job) -> None:
    """Entry point for `spark-submit`. Ends the process with a meaningful code."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    for logger in ("ecom", "spark_jobs"):
        logging.getLogger(logger).setLevel(logging.INFO)
    try:
        settings = load_settings()
        check_s3(settings)
        with one_writer(settings, name):
            job(build_session(settings, name), settings)
    except Exception as error:
        told = error if isinstance(error, EcomError) else jvm_ended(error)
        if told is None:
            raise
        print(told, file=sys.stderr)
        raise SystemExit(int(told.code)) from None


class LockedError(EcomError):
    """Another process of this machine writes the same tables."""


@contextmanager
def one_writer(settings: Settings, name: str, refusal: str = "") -> Iterator[int]:
    """Refuse a second run of a job on the same lake from this machine: open-source Delta on S3 would lose a commit.

    `refusal` is the sentence for who is refused. Yields the lock's descriptor: a process that inherits it holds the
    lock as well. Drivers on other machines are not seen; docs/operations.md says how to keep to one.
    """
    endpoint = str(settings.s3_endpoint).replace("//localhost", "//127.0.0.1").rstrip("/")
    lake = hashlib.sha256(f"{endpoint}{settings.lakehouse_uri}".encode()).hexdigest()[:12]
    folder = settings.ecom_home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}-{lake}.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            other = f"Another run of {name} is writing {settings.lakehouse_uri}; wait for it to end."
            raise LockedError(lock.read() or other) from None
        lock.truncate(0)
        lock.write(refusal)
        lock.flush()
        yield lock.fileno()


def refuse_second(settings: Settings, name: str) -> None:
    """Raises what `one_writer` would, before a session is started in vain."""
    with one_writer(settings, name):
        pass
