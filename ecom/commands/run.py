"""`ecom run`: the jobs once, to the end of what is there now."""

from typing import Annotated

import typer

from ecom.base.progress import log_to_terminal
from ecom.base.settings import load_settings
from ecom.pipeline import Stage, run


def register(app: typer.Typer) -> None:
    app.command("run")(run_stage)


def run_stage(
    stage: Annotated[Stage, typer.Argument(help="Which stage; `all` runs bronze, silver and gold in turn.")],
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="bronze: go on although offsets aged out before they were read.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="bronze: look at all that Kafka still has, receive what Bronze lacks.")
    ] = False,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="silver: recompute what is derived whole, with a new generation.")
    ] = False,
    with_holes: Annotated[
        bool, typer.Option("--with-holes", help="gold: build although Silver's tables lack rows that were judged.")
    ] = False,
) -> None:
    """Run the jobs once: Kafka to Bronze, Bronze to Silver, Silver to Gold.

    Each reads to the end of what is there now, and ends. Run again, it does only what is new.

    Example: ecom run all
    """
    log_to_terminal()
    run(load_settings(), stage, accept_loss=accept_loss, rebuild=rebuild, with_holes=with_holes, again=again)
