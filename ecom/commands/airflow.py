"""`ecom airflow`: Airflow's own command line, with the platform's settings; and the dbt docs."""

import os
import sys
from typing import Annotated

import typer

from ecom.base.settings import load_settings


def register(app: typer.Typer) -> None:
    passed_on = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": ["--help-ecom"]}
    app.command("airflow", context_settings=passed_on)(airflow)
    app.command("docs")(docs)


def airflow(arguments: Annotated[list[str] | None, typer.Argument(help="what `airflow` takes")] = None) -> None:
    """Run Airflow's own command with the platform's settings: its database, DAGs, ports and secrets.

    Example: ecom airflow dags list
    """
    from ecom.stack.airflow import airflow_environment

    settings = load_settings()
    if arguments and arguments[0] == "scheduler":
        from ecom.stack.before_scheduler import before_scheduler

        before_scheduler(settings)
    environment = dict(os.environ) | airflow_environment(settings)
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *(arguments or [])], environment)


def docs() -> None:
    """Make the dbt docs again; `ecom up --all` serves them.

    Example: ecom docs
    """
    from ecom.base.layout import docs_folder
    from ecom.dbt.docs import refresh

    settings = load_settings()
    refresh(settings)
    typer.echo(f"Wrote {docs_folder(settings.ecom_home)}.")
