"""How a job's file runs by itself: settings, one writer at a time, a session, one sentence on failure."""

import fcntl
import hashlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession

from ecom.errors import EcomError
from ecom.settings import Settings, load_settings
from ecom.stack.ready import check_s3
from spark_jobs.session import build_session

Job = Callable[[SparkSession, Settings], None]


def main(name: str, job: Job) -> None:
    """Entry point for `spark-submit`. Ends the process with a meaningful code."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("spark_jobs").setLevel(logging.INFO)
    try:
        settings = load_settings()
        check_s3(settings)
        with one_writer(settings, name):
            job(build_session(settings, name), settings)
    except EcomError as error:
        print(error, file=sys.stderr)
        raise SystemExit(int(error.code)) from None


@contextmanager
def one_writer(settings: Settings, name: str) -> Iterator[None]:
    """Refuse a second run of a job on the same lake from this machine: open-source Delta on S3 would lose a commit.

    Drivers on other machines are not seen; docs/operations.md says how to keep to one.
    """
    lake = hashlib.sha256(f"{settings.s3_endpoint}{settings.lakehouse_uri}".encode()).hexdigest()[:12]
    folder = settings.ecom_home / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / f"{name}-{lake}.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EcomError(f"Another run of {name} is writing {settings.lakehouse_uri}; wait for it to end.") from None
        yield
