"""dbt's documentation pages, in a folder of ECOM_HOME that holds nothing else."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from ecom.errors import EcomError
from ecom.gold import dbt_environment, telling_line
from ecom.settings import ROOT, Settings

PAGES = ("manifest.json", "catalog.json", "index.html")  # the page last: it reads the others
TIME_LIMIT = 600  # seconds


def folder(settings: Settings) -> Path:
    return settings.ecom_home / "dbt" / "docs"


def generate(settings: Settings) -> None:
    """`dbt docs generate`, then its pages replaced one by one. Raises EcomError; the old pages then stay."""
    target = folder(settings).with_name("docs-target")
    command = [sys.executable, "-m", "ecom.dbt_entry", "docs", "generate", "--target-path", str(target)]
    done = subprocess.run(
        command,
        cwd=ROOT / "dbt_project",
        env=dbt_environment(settings),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIME_LIMIT,
    )
    if done.returncode:
        raise EcomError(f"dbt did not make its pages: {telling_line(done.stdout.splitlines())}.")
    folder(settings).mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        draft = folder(settings) / f".{name}.{os.getpid()}"
        shutil.copyfile(target / name, draft)
        os.replace(draft, folder(settings) / name)
