"""Jobs and commands as Airflow tasks: each a process of its own, its lines in the task's log."""

import logging
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from ecom.base.settings import ROOT, Settings, load_settings

log = logging.getLogger(__name__)
LAST_LINES = 5


def run_if_pending(job: str) -> None:
    """One of the Silver jobs, when there is input that it has not read; else the task is skipped, in a second."""
    from ecom.lake.pending import pending

    if job not in pending(load_settings()):
        raise AirflowSkipException(f"Nothing new for {job}.")
    run_python("-m", f"spark_jobs.{job}")


def run_ecom(*arguments: str) -> None:
    run_python("-m", "ecom", *arguments)


def run_dbt(settings: Settings, *arguments: str) -> None:
    from ecom.dbt.build import dbt_environment

    run_python("-m", "ecom.dbt.command", *arguments, cwd=ROOT / "dbt_project", env=dbt_environment(settings))


def run_python(*arguments: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Raises AirflowException with the process's last lines: the sentence that says what is wrong is among them."""
    said: deque[str] = deque(maxlen=LAST_LINES)
    command = [sys.executable, *arguments]
    with subprocess.Popen(
        command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            for line in process.stdout or ():
                if line.strip():
                    log.info("%s", line.rstrip())
                    said.append(line.strip())
            code = process.wait()
        except BaseException:  # the task is told to end: so is its process
            process.terminate()
            raise
    if code:
        raise AirflowException(f"{' '.join(arguments[1:])} ended with {code}: {' / '.join(said) or 'it said nothing'}")
