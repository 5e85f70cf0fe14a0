"""Is a resident engine at work, and has it done what is new? For the commands that are typed beside one."""

import logging
import re
import time

import psutil

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.lake import heartbeat
from ecom.lake.s3 import Bucket
from ecom.news import gold_has_news, spark_has_news, what_gold_reads
from spark_jobs.bronze_resident import JOB
from spark_jobs.job import LockedError, refuse_second

log = logging.getLogger("ecom.engine")
NAME = "`ecom live`"
WAIT_S = 3600.0


def is_at_work(settings: Settings) -> bool:
    """Whether an engine of this ECOM_HOME holds Bronze's lock."""
    return NAME in _refusal(settings)


def refuse_another(settings: Settings) -> None:
    """Raises EcomError when an engine, or the Bronze streams alone, are at work. A lock that only a dying JVM still
    holds is none: its supervisor starts the next one at once, which waits."""
    refusal = _refusal(settings)
    pid = re.search(r"pid (\d+)", refusal)
    if pid and psutil.pid_exists(int(pid[1])):
        raise EcomError(refusal)


def _refusal(settings: Settings) -> str:
    """What Bronze's lock tells whoever wants it; empty when it is free."""
    try:
        refuse_second(settings, JOB)
    except LockedError as error:
        return str(error)
    return ""


def wait_for(settings: Settings, silver: bool, gold: bool, within_s: float = WAIT_S) -> None:
    """Until the engine has done all that is new, as far as `silver` and `gold` ask. Raises EcomError when it failed at
    that, ended, or took longer than `within_s`."""
    contracts, started = load_datasets(settings), time.monotonic()
    log.info("The engine (%s) is at work: waiting until it has done what is new.", NAME)

    def is_news() -> bool:
        return spark_has_news(settings, contracts, True, silver) or (
            gold and gold_has_news(settings, what_gold_reads(settings, contracts))
        )

    while is_news():
        beat = heartbeat.read_heartbeat(Bucket(settings))
        if beat and beat.failed:
            name, why = next(iter(beat.failed.items()))
            raise EcomError(f"The engine ({NAME}) does not get on with {name}: {why}")
        if not is_at_work(settings):
            raise EcomError(f"The engine ({NAME}) ended meanwhile; run this again.")
        if time.monotonic() - started > within_s:
            raise EcomError(f"The engine ({NAME}) has not come to an end within {within_s:.0f} s; `ecom status`.")
        time.sleep(1)
