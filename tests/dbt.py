"""dbt in this process: starting it costs five seconds a call, and the tests call it often."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from ecom.base.settings import ROOT, Settings
from ecom.dbt.adapter import install
from ecom.dbt.build import MODELS, dbt_environment

PROJECT = ROOT / "dbt_project"


def dbt(settings: Settings, *arguments: str, code: int = 0) -> str:
    """What it printed, once it ended as an exit code of `code` would say."""
    from dbt.cli.main import dbtRunner

    install()
    printed = io.StringIO()
    with _environment(dbt_environment(settings)), _folder(PROJECT), redirect_stdout(printed):
        result = dbtRunner().invoke(list(arguments))
    found = 0 if result.success else 2 if result.exception else 1
    # dbt's own command ends with 1 for a failed node and 2 for what stopped it as a whole: both are failures here.
    assert bool(found) == bool(code), f"dbt {' '.join(arguments)} ended with {found}:\n{printed.getvalue()}"
    return printed.getvalue()


def build_gold(settings: Settings, code: int = 0) -> str:
    """As `ecom.dbt.build.run_gold`, without a process of its own; what it printed."""
    return dbt(settings, "build", "--exclude-resource-type", "unit_test", "-s", MODELS, code=code)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def _folder(path: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)
