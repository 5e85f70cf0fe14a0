"""Jobs and commands as Airflow tasks: each a process of its own, its lines in the task's log."""

import logging
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from ecom.base.settings import ROOT, Settings, load_settings

log = logging.getLogger(__name__)
LAST_LINES = 5
ENGINE_S = 120.0
LOOK_EVERY_S = 5.0


def judge_if_pending(dataset: str) -> None:
    """Silver for one dataset, when there are records that it has not judged; else the task is skipped, in a second."""
    from ecom.contracts.loader import load_datasets
    from ecom.lake.pending import silver_is_pending

    settings = load_settings()
    contract = load_datasets(settings)[dataset]
    _leave_to_engine(settings, lambda: silver_is_pending(settings, contract))
    if not silver_is_pending(settings, contract):
        raise AirflowSkipException(f"Nothing new of {dataset}.")
    run_python("-m", "spark_jobs.silver", dataset)


def derive_if_pending() -> None:
    """The derived tables whose clean tables have news; the task is skipped, in a second or two, when none has."""
    from ecom.contracts.loader import load_datasets
    from ecom.lake.pending import derived_is_pending
    from spark_jobs.derived import computable

    settings = load_settings()
    contracts = load_datasets(settings)

    def pending() -> list[str]:
        return [
            derived.table.name
            for derived in computable(contracts)[0]
            if derived_is_pending(settings, derived.table, derived.sources(contracts))
        ]

    _leave_to_engine(settings, lambda: bool(pending()))
    waiting = pending()
    if not waiting:
        raise AirflowSkipException("Nothing new for the derived tables.")
    run_python("-m", "spark_jobs.derive", *waiting)


def _leave_to_engine(settings: Settings, is_pending: Callable[[], bool]) -> None:
    """Where an engine is resident, it has a while to do what is new; then the task does it after all."""
    until = time.monotonic() + ENGINE_S
    while settings.ecom_engine == "resident" and is_pending() and time.monotonic() < until:
        log.info("Waiting for the engine (`ecom live`), which does this as events come.")
        time.sleep(LOOK_EVERY_S)


def run_ecom(*arguments: str) -> None:
    run_python("-m", "ecom", *arguments)


def run_dbt(settings: Settings, *arguments: str) -> None:
    from ecom.dbt.build import dbt_environment

    run_python("-m", "ecom.dbt.command", *arguments, cwd=ROOT / "dbt_project", env=dbt_environment(settings))


def run_python(*arguments: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Raises AirflowException with the process's last lines: the sentence that says what is wrong is among them."""
    output: deque[str] = deque(maxlen=LAST_LINES)
    command = [sys.executable, *arguments]
    with subprocess.Popen(
        command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            for line in process.stdout or ():
                if line.strip():
                    log.info("%s", line.rstrip())
                    output.append(line.strip())
            code = process.wait()
        except BaseException:  # the task is told to end: so is its process
            process.terminate()
            raise
    if code:
        raise AirflowException(
            f"{' '.join(arguments[1:])} ended with {code}: {' / '.join(output) or 'it said nothing'}"
        )
