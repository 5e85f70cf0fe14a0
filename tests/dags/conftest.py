"""Airflow as the DAGs see it, with a home, a database and secrets of the test run's own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecom.base.layout import docs_folder
from ecom.base.settings import ROOT, Settings
from ecom.stack.airflow import airflow_environment

# Before a test module imports airflow: it reads its settings, and makes its home, at import.
_HOME = tempfile.TemporaryDirectory(prefix="ecom-dags-")
HOME = Path(_HOME.name)
SETTINGS = Settings.model_validate({"ecom_home": HOME, "ecom_port_base": 24000})
os.environ |= airflow_environment(SETTINGS)


@pytest.fixture(scope="session", autouse=True)
def _home() -> Iterator[None]:
    yield
    _HOME.cleanup()


@pytest.fixture(scope="session")
def manifest() -> Path:
    """dbt's, from which `gold_dbt` is made."""
    folder = docs_folder(HOME)
    done = subprocess.run(
        [sys.executable, "-m", "ecom.dbt.command", "parse"],
        cwd=ROOT / "dbt_project",
        env=os.environ | {"DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(HOME / "dbt" / "logs")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return folder / "manifest.json"


@pytest.fixture(scope="session")
def dags(manifest: Path) -> dict[str, Any]:
    """Name to DAG, as Airflow's own parser finds them."""
    from airflow.dag_processing.dagbag import DagBag

    before = os.environ.get("ECOM_HOME")
    os.environ["ECOM_HOME"] = str(HOME)
    try:
        bag = DagBag(ROOT / "airflow" / "dags")
    finally:
        os.environ.pop("ECOM_HOME")
        if before is not None:
            os.environ["ECOM_HOME"] = before
    assert bag.import_errors == {}
    return dict(bag.dags)
