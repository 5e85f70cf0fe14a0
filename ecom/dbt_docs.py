"""The dbt docs site, and the manifest from which Airflow's DAG `gold_dbt` is made: refreshed whole, file by file."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

from ecom.errors import EcomError
from ecom.gold import dbt_environment, telling_line
from ecom.settings import ROOT, Settings
from ecom.stack.services import docs_folder

FILES = ("index.html", "catalog.json", "manifest.json")
TIME_LIMIT = 600


def refresh(settings: Settings) -> None:
    """`dbt docs generate` into a draft folder, then each file in place of the old one. Raises EcomError."""
    folder = docs_folder(settings.ecom_home)
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix="docs.draft-", dir=folder.parent))  # of its own: another `ecom docs` may run beside it
    done = subprocess.run(
        [sys.executable, "-m", "ecom.dbt_entry", "docs", "generate"],
        cwd=ROOT / "dbt_project",
        env=dbt_environment(settings) | {"DBT_TARGET_PATH": str(draft)},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    if done.returncode:
        raise EcomError(f"dbt docs were not made: {telling_line(done.stdout.splitlines())}; the old ones stay.")
    for name in FILES:
        os.replace(draft / name, folder / name)
    shutil.rmtree(draft, ignore_errors=True)
