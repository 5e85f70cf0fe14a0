"""`ecom trino`: the official Trino command line, told where Trino is."""

import os
import sys
from typing import Annotated

import typer

from ecom.base.settings import load_settings


def register(app: typer.Typer) -> None:
    # What is not ours to know is the official command's: options too, and --help behind `--`.
    app.command("trino", context_settings={"ignore_unknown_options": True})(trino)


def trino(
    arguments: Annotated[list[str] | None, typer.Argument(help="Passed on; after `--` also --help.")] = None,
) -> None:
    """Open the official Trino command line (catalog `delta`, time zone UTC); what you add to it is passed on.

    The user is TRINO_USER: dbt, dashboard or operator, each with rights of its own (docs/trino.md).

    Example: ecom trino --execute "select * from gold.fct_sales_minute limit 5"
    """
    from ecom.lake.trino_cli import command, environment, has_a_prompt, run_shown

    settings = load_settings()
    with_prompt = has_a_prompt(arguments or [], sys.stdin.isatty())
    words, environ = command(settings, arguments or [], with_prompt), environment(settings)
    if with_prompt or not (sys.stdout.isatty() or sys.stderr.isatty()):
        os.execve(words[0], words, environ)
    code = run_shown(words, environ)
    raise typer.Exit(code if code >= 0 else 128 - code)  # as a shell tells of a signal
