"""`ecom account`: where every Kafka offset went."""

import json
import sys
from typing import Annotated

import typer

from ecom.base.errors import ExitCode
from ecom.base.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("account")(account)


def account(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Account for each Kafka offset: exactly one of clean, duplicate, quarantined, absent (or pending: still to come).

    Absent offsets are explained by reading Kafka again. Exit 1 when anything is missing, lost, doubled or unread.

    Example: ecom account --json | jq .totals
    """
    from rich.console import Console

    from ecom.base.sql_text import json_value
    from ecom.trust.account import account as take_account
    from ecom.trust.account_text import print_account

    # On the error stream, so that what is piped stays clean; rich shows it on terminals only.
    with Console(stderr=True).status("taking account") as status:
        found = take_account(load_settings(), progress=lambda step: status.update(step))
    if as_json:
        sys.stdout.write(json.dumps(json_value(found.to_json()), indent=2) + "\n")
    else:
        print_account(found)
    if not found.ok:
        raise typer.Exit(ExitCode.FINDING)
