"""The `ecom` command: puts the subcommands together, and turns every error into a sentence and an exit code."""

import os
import sys
import traceback
from typing import Annotated

import typer
from typer.exceptions import TyperException

from ecom.base.errors import EcomError, ExitCode
from ecom.commands import (
    account,
    airflow,
    contracts,
    demo,
    explain,
    maintain,
    metabase,
    page,
    produce,
    replay,
    run,
    serve,
    sql,
    stack,
    stream,
    trino,
    verify,
)

BUG = 70  # EX_SOFTWARE: an error that nobody foresaw
BROKEN_PIPE = 141  # what a shell reports of a process that SIGPIPE ended

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
for command in (
    *(demo, stack, page, produce, replay, run, stream, sql, trino, account, explain, verify, maintain, contracts),
    *(airflow, serve, metabase),
):
    command.register(app)
COMMANDS = {c.name for c in app.registered_commands} | {g.name for g in app.registered_groups}


@app.callback()
def ecom(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Order and payment events in, minute-by-minute sales out.

    Exit codes: 0 done; 1 a check found something; 2 wrong usage or setting; 3 something needed is not there;
    130 interrupted.

    Example: ecom up && ecom produce --orders 20000 && ecom run all && ecom account
    """
    context.obj = {"debug": debug}


def main() -> None:
    """Runs the command line: every error becomes one sentence on standard error, and an exit code."""
    debug = "--debug" in sys.argv[1:]
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]  # it may stand anywhere
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
        if code == ExitCode.INTERRUPTED:
            _say("interrupted")
    except (KeyboardInterrupt, typer.Abort):
        code = _failed("interrupted", ExitCode.INTERRUPTED, debug)
    except TyperException as error:  # wrong usage of the command line
        what = " ".join(error.format_message().replace("Value error, ", "").split()).rstrip(".")
        code = _failed(f"{what} (see {_command_path()} --help).", ExitCode.USAGE, debug)
    except EcomError as error:
        code = _failed(str(error), error.code, debug)
    except BrokenPipeError:
        # The reader went away; what is still buffered must not raise again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = BROKEN_PIPE
    except Exception as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        bug = f"unexpected {what[:300]} (a bug: run again with --debug for the traceback)", BUG
        sentence, code = ("interrupted", ExitCode.INTERRUPTED) if _was_interrupted(error) else bug
        code = _failed(sentence, code, debug)
    raise SystemExit(int(code or 0))


def _was_interrupted(error: BaseException | None) -> bool:
    """Ctrl-C reaches Spark's JVM too: then what is closed on the way out fails, and hides the interrupt."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _command_path() -> str:
    words = [word for word in sys.argv[1:2] if not word.startswith("-") and word in COMMANDS]
    return " ".join(["ecom", *words])


def _failed(sentence: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    _say(sentence)
    return code


def _say(sentence: str) -> None:
    print(f"ecom: {sentence}", file=sys.stderr)
