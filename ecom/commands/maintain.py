"""`ecom maintain`: compaction and VACUUM, and one of each offset that stands twice."""

from typing import Annotated

import typer

from ecom.base.progress import log_to_terminal
from ecom.base.settings import load_settings
from ecom.pipeline import maintain


def register(app: typer.Typer) -> None:
    app.command("maintain")(maintain_stage)


def maintain_stage(
    part: Annotated[
        str,
        typer.Argument(help="bronze, silver, gold, `all` in turn, one job of Silver: silver_orders; or doubled."),
    ],
) -> None:
    """Make few files of many, and remove those that no table held for MAINTENANCE_RETENTION_HOURS.

    Each table under the lock of the job that writes it: waits for a run of that job, and is waited for.
    The Bronze streams compact their own tables as they go; beside them only old files are removed here.
    `doubled` takes what the account calls DOUBLED: of offsets that stand twice in Bronze, or have two verdicts, one
    stays (clean before duplicate before quarantined). Type `ecom run all` after it.

    Example: ecom maintain all
    """
    log_to_terminal()
    maintain(load_settings(), part)
