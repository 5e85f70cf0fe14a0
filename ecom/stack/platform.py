"""`ecom up --all`: the Bronze streams, Airflow and the dbt docs, on top of the services that are up."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable

from ecom.base.errors import EcomError
from ecom.base.layout import write_private
from ecom.base.progress import timed
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.dbt.docs import refresh
from ecom.stack.airflow import ADMIN, airflow_environment
from ecom.stack.control import start_more, status
from ecom.stack.memory import resident
from ecom.stack.services import platform_services

MIGRATE_TIMEOUT_S = 600
SQLITE = "SQLite, for one machine, one write at a time; AIRFLOW_DATABASE_URL names a Postgres"
Report = Callable[[str], None]


def start(settings: Settings, report: Report) -> None:
    """Raises EcomError. Ends with the address of everything, its user, and the file that holds the password."""
    with timed("dbt: docs, and the manifest for Airflow"):
        refresh(settings)
    with timed("Airflow: its database"):
        prepare_airflow(settings)
    start_more(platform_services(settings), settings, report)
    for line in summary(settings):
        report(line)


def prepare_airflow(settings: Settings) -> None:
    """Its database made or brought up to date, and its pools. Done again, it changes nothing."""
    airflow(settings, "db", "migrate")
    pools = settings.ecom_home / "airflow" / "pools.json"
    write_private(pools, json.dumps(airflow_pools(load_datasets(settings))))
    airflow(settings, "pools", "import", str(pools))


def airflow_pools(datasets: Iterable[str]) -> dict[str, dict[str, object]]:
    """One for each job that writes tables: one writer at a time."""
    writers = {f"silver_{dataset}": f"silver.{dataset}_*: one writer at a time" for dataset in datasets}
    writers |= {"silver_enrich": "what is derived: one writer at a time"}
    writers |= {"gold": "gold and gold_audit: one dbt invocation at a time"}
    return {name: {"slots": 1, "description": what, "include_deferred": False} for name, what in writers.items()}


def airflow(settings: Settings, *arguments: str) -> None:
    """One of Airflow's commands, to its end. Raises EcomError with its last line."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            env=dict(os.environ) | airflow_environment(settings),
            capture_output=True,
            text=True,
            timeout=MIGRATE_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        late = f"`airflow {' '.join(arguments)}` has not ended within {MIGRATE_TIMEOUT_S} s"
        raise EcomError(f"{late}; see what else keeps this machine busy, and run the same command again.") from None
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["it said nothing"]
        raise EcomError(f"`airflow {' '.join(arguments)}` failed: {said[0][:300]}")


def summary(settings: Settings) -> list[str]:
    """What runs, and how to reach it."""
    secrets = settings.ecom_home / "secrets.env"
    host, port = settings.trino_address
    database = "Postgres" if settings.airflow_database_url else SQLITE
    memory = {s.name: resident(s.pid) for s in status(settings) if s.pid}
    each = ", ".join(f"{name} {size / 2**20:,.0f}" for name, size in memory.items())
    scheme = "https" if settings.trino_https else "http"
    login = f"password: TRINO_PASSWORD_… in {secrets}" if settings.trino_https else "no password"
    return [
        "",
        "The whole platform is up:",
        f"  Airflow     {settings.airflow_page}  user {ADMIN}, password: AIRFLOW_ADMIN_PASSWORD in {secrets}",
        f"              (its database: {database})",
        f"  the page    http://127.0.0.1:{settings.port('streamlit')}  no login",
        f"  dbt docs    http://127.0.0.1:{settings.port('dbt-docs')}  no login",
        f"  Trino       {scheme}://{host}:{port}  user {settings.trino_user}, {login}",
        f"  Kafka       {settings.bootstrap}  no login",
        f"  S3          {settings.s3_endpoint or 'the cloud'}  key and secret: {secrets}",
        f"  memory      {sum(memory.values()) / 2**30:.1f} GiB in all; MiB each: {each}",
        "next: ecom produce --orders 1000, then look at Airflow; `ecom status` says how fresh each layer is",
    ]
