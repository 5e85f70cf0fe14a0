"""The `ecom` command: puts the subcommands together, and turns every error into a sentence and an exit code."""

import os
import sys
import traceback
from importlib import metadata
from typing import Annotated

import typer
from typer.exceptions import TyperException

from ecom.base.errors import EcomError, ExitCode
from ecom.base.layout import home_error
from ecom.base.shown import shown
from ecom.commands import (
    account,
    airflow,
    contracts,
    demo,
    explain,
    live,
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
ROWS = ("sql", "logs")  # commands that print, and judge nothing

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
for command in (
    *(demo, stack, page, produce, replay, run, live, stream, sql, trino, account, explain, verify, maintain, contracts),
    *(airflow, serve, metabase),
):
    command.register(app)
COMMANDS = {c.name for c in app.registered_commands} | {g.name for g in app.registered_groups}


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        print(f"ecom {metadata.version('ecom-platform')}")
        raise typer.Exit


@app.callback()
def ecom(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version, and end.")
    ] = False,
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
        code = app(standalone_mode=False, prog_name="ecom")  # also as `python -m ecom`
        sys.stdout.flush()
        if code == ExitCode.INTERRUPTED:
            _say("interrupted")
    except (KeyboardInterrupt, typer.Abort):
        code = _failed("interrupted", ExitCode.INTERRUPTED, debug)
    except TyperException as error:  # wrong usage of the command line
        code = _wrong_usage(error, debug)
    except EcomError as error:
        code = _failed(str(error), error.code, debug)
    except BrokenPipeError:
        code = _reader_left()
    except SystemExit as error:
        # typer ends a process whose reader went away with 1, which is our word for a finding.
        code = _reader_left() if isinstance(error.__context__, BrokenPipeError) else int(error.code or 0)
    except Exception as error:
        code = _failed(*_told(error), debug)
    raise SystemExit(int(code or 0))


def _reader_left() -> int:
    """The reader has seen enough, which is all that a command that prints rows is for; that of a check may not look
    like its success. What is still buffered must not raise again when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]
    return ExitCode.OK if any(word in ROWS for word in sys.argv[1:2]) else BROKEN_PIPE


def _told(error: Exception) -> tuple[str, int]:
    """The sentence and the code for an error that no command turned into one."""
    if _was_interrupted(error):
        return "interrupted", ExitCode.INTERRUPTED
    foreseen = _foreseen(error)
    if foreseen:
        return str(foreseen), foreseen.code
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"unexpected {what[:300]} (a bug: run again with --debug for the traceback)", BUG


def _foreseen(error: Exception) -> EcomError | None:
    """What may happen in any command: ECOM_HOME cannot be written, or Spark's JVM is no more."""
    if isinstance(error, OSError) and (unwritable := home_error(error)):
        return unwritable
    if "pyspark" in sys.modules:
        from spark_jobs.session import jvm_ended

        return jvm_ended(error)
    return None


def _was_interrupted(error: BaseException | None) -> bool:
    """Ctrl-C reaches Spark's JVM too: then what is closed on the way out fails, and hides the interrupt."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt):
            return True
        error = error.__context__
    return False


def _wrong_usage(error: TyperException, debug: bool) -> int:
    message = error.format_message()
    if message.startswith("Usage: "):  # no command was given: the help, as it is laid out
        print(message, file=sys.stderr)
        return ExitCode.USAGE
    what = " ".join(message.replace("Value error, ", "").split()).rstrip(".")
    return _failed(f"{what} (see {_command_path()} --help).", ExitCode.USAGE, debug)


def _command_path() -> str:
    words = [word for word in sys.argv[1:2] if not word.startswith("-") and word in COMMANDS]
    return " ".join(["ecom", *words])


def _failed(sentence: str, code: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    _say(sentence)
    return code


def _say(sentence: str) -> None:
    print(f"ecom: {shown(sentence)}", file=sys.stderr)  # an error may quote what a shop sent
