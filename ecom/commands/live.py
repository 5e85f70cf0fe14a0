"""`ecom live`: the resident engine."""

from typing import Annotated

import typer

from ecom.base.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("live")(live)


def live(
    every: Annotated[
        float | None,
        typer.Option("--every", min=0.1, help="Seconds between looks for news; else BRONZE_TRIGGER_SECONDS."),
    ] = None,
) -> None:
    """Receive, judge, derive and build Gold as events come, until SIGTERM or Ctrl-C.

    One Spark session and one dbt stay up: what `ecom run all` does from a shell in a minute, it does in seconds. For a
    supervisor, which starts it again whenever it ends: exit 0 on SIGTERM, 3 when Bronze failed or hung.

    Example: ecom live --every 2
    """
    from ecom.base.progress import log_to_terminal
    from ecom.live import run

    log_to_terminal()
    settings = load_settings()
    run(settings if every is None else settings.model_copy(update={"bronze_trigger_seconds": every}))
