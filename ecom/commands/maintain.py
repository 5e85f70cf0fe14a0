"""`ecom maintain`: compaction and VACUUM."""

from typing import Annotated

import typer

from ecom.base.progress import log_to_terminal
from ecom.base.settings import load_settings
from ecom.pipeline import Upkeep, maintain


def register(app: typer.Typer) -> None:
    app.command("maintain")(maintain_stage)


def maintain_stage(
    part: Annotated[
        Upkeep, typer.Argument(help="Which tables: a stage's, a Silver job's, or `all`: bronze, silver, gold in turn.")
    ],
) -> None:
    """Make few files of many, and remove those that no table held for MAINTENANCE_RETENTION_HOURS.

    Each table under the lock of the job that writes it: waits for a run of that job, and is waited for.
    The Bronze streams compact their own tables as they go; beside them only old files are removed here.

    Example: ecom maintain all
    """
    log_to_terminal()
    maintain(load_settings(), part)
