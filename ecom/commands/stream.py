"""`ecom stream`: jobs that run until they are told to end."""

import typer

from ecom.base.settings import load_settings

HELP = "Jobs that run until they are told to end."


def register(app: typer.Typer) -> None:
    group = typer.Typer(help=HELP, no_args_is_help=True)
    group.command("bronze")(bronze)
    group.callback()(_of_several)
    app.add_typer(group, name="stream")


def _of_several() -> None:
    """With one command alone, typer would drop its name."""


def bronze() -> None:
    """Receive events as they come: every dataset's topic into Bronze, until SIGTERM or Ctrl-C.

    For a supervisor, which starts it again whenever it ends: exit 0 on SIGTERM, 3 when a stream failed or hung.

    Example: ecom stream bronze
    """
    from ecom.base.progress import log_to_terminal
    from spark_jobs.bronze_resident import run

    log_to_terminal()
    run(load_settings())
