"""Silver to Gold: dbt in a process of its own, its artifacts below ECOM_HOME."""

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from ecom.base.errors import EcomError
from ecom.base.settings import ROOT, Settings
from ecom.contracts.loader import load_datasets
from ecom.dbt.command import project_environment
from ecom.dbt.sources import are_current

log = logging.getLogger("ecom.dbt.build")

Run = Callable[..., Iterator[str]]  # dbt's arguments to its lines; raises EcomError at the end when it failed
MODELS = "path:models/gold"  # whatever lies there
TIME_LIMIT = 3600  # seconds; a full recomputation of a long history takes minutes
SHORT_TIME_LIMIT = 600  # of what reads the project and catalog, and no table
STEP = re.compile(r"\d+ of \d+ (OK|PASS|WARN|FAIL|ERROR|SKIP)\b.*")
TELLING = re.compile(r"left as it was|Error|error:|FAIL")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def run_gold(settings: Settings, with_holes: bool = False, run: Run | None = None) -> None:
    """Bring Gold up to date and test it, unless rows that Silver judged are gone, which `with_holes` allows. `run`:
    what runs dbt, a process for this once unless given. Raises EcomError with dbt's telling line; Gold is then as it
    was."""
    if not are_current(load_datasets(settings)):
        log.warning("dbt's sources are not what the contracts say; run `ecom contracts docs`, which writes them.")
    # Unit tests are for whoever changes the models: they need no lake, and would double the time.
    allowed = ("--vars", json.dumps({"with_holes": True})) if with_holes else ()
    chosen = ("--exclude-resource-type", "unit_test", "-s", MODELS)
    _run_dbt(settings, "dbt did not build Gold", ("build", *chosen, *allowed), run)


def maintain_gold(settings: Settings) -> None:
    """Compact and VACUUM what dbt writes, by dbt: no table has two writers. Raises EcomError."""
    arguments = json.dumps({"retention_hours": settings.maintenance_retention_hours})
    _run_dbt(settings, "Gold was not maintained", ("run-operation", "maintain_gold", "--args", arguments))


def _run_dbt(settings: Settings, what_failed: str, arguments: Sequence[str], run: Run | None = None) -> None:
    lines: list[str] = []
    try:
        for line in (run or partial(_in_a_process, settings))(*arguments):
            lines.append(COLOUR.sub("", line).rstrip())
            _log_step(lines[-1])
    except EcomError as error:
        where = settings.ecom_home / "dbt" / "logs" / "dbt.log"
        reason = telling_line(lines) if lines else str(error)
        raise EcomError(f"{what_failed}: {reason} (all of it: {where}).") from None


def _in_a_process(settings: Settings, *arguments: str) -> Iterator[str]:
    """dbt's lines, from a process that ends with the command. Raises EcomError after the last one when it failed."""
    with subprocess.Popen(
        [sys.executable, "-m", "ecom.dbt.command", *arguments],
        cwd=ROOT / "dbt_project",
        env=dbt_environment(settings),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            yield from process.stdout or ()
            code = process.wait(timeout=TIME_LIMIT)
        except BaseException:  # Ctrl-C too: dbt cancels its queries when told to end
            process.terminate()
            raise
    if code != 0:
        raise EcomError(f"dbt ended with {code}.")


def dbt_problem(environment: Mapping[str, str], *arguments: str) -> str | None:
    """Runs dbt to its end; the line that says what is wrong, None when it did well."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "ecom.dbt.command", *arguments],
            cwd=ROOT / "dbt_project",
            env=environment,
            capture_output=True,
            text=True,
            timeout=SHORT_TIME_LIMIT,
        )
    except subprocess.TimeoutExpired:
        return f"dbt has not ended within {SHORT_TIME_LIMIT} s"
    return telling_line(done.stdout.splitlines()) if done.returncode else None


def dbt_environment(settings: Settings) -> dict[str, str]:
    home = settings.ecom_home / "dbt"
    folders = {"DBT_TARGET_PATH": str(home / "target"), "DBT_LOG_PATH": str(home / "logs")}
    python_path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    ours = {"NO_COLOR": "1", "PYTHONPATH": python_path}
    return dict(os.environ) | project_environment(settings) | folders | ours


def telling_line(lines: list[str]) -> str:
    """The line that says what is wrong: our macros' sentence, else the line after dbt's own headline, else the last."""
    for i, line in enumerate(lines):
        if "left as it was" in line:
            return line.strip()
        if re.search(r"(Database|Compilation|Runtime) Error", line) and i + 1 < len(lines):
            return f"{line.split('  ')[-1].strip()}: {lines[i + 1].strip()}"
    telling = [line for line in lines if TELLING.search(line)] or [line for line in lines if line.strip()]
    return telling[-1].strip() if telling else "it said nothing"


def _log_step(line: str) -> None:
    step = STEP.search(line)
    if step:
        level = logging.INFO if " model " in line or step.group(1) not in ("OK", "PASS") else logging.DEBUG
        log.log(level, step.group(0))
