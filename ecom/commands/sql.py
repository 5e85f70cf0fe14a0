"""`ecom sql`: Trino SQL from the shell."""

import csv
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import load_settings

if TYPE_CHECKING:
    from ecom.lake.trino import Stream, TrinoSession

ROWS_AT_ONCE = 500  # a table's column widths are those of this many rows: memory stays small


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def register(app: typer.Typer) -> None:
    app.command("sql")(sql)


def sql(
    statement: Annotated[str | None, typer.Argument(help="SQL; without it, or as `-`, standard input is read.")] = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How rows are printed.")] = Format.TABLE,
) -> None:
    """Run SQL on Trino (catalog `delta`, time zone UTC) and print the rows as they come.

    Several statements, separated by `;`, run in order in one session; csv and json print those that return rows,
    json one list each. In json decimals are strings, timestamps ISO 8601, varbinary is base64, NaN a string.

    Example: ecom sql "select * from gold.fct_sales_minute order by minute_bucket desc limit 5" --format json
    """
    from ecom.base.sql_text import split_statements
    from ecom.lake.trino import TrinoSession

    statements = split_statements(_given(statement))
    if not statements:
        raise EcomError('Nothing to run; type for example: ecom sql "show schemas".', ExitCode.USAGE)
    with TrinoSession(load_settings()) as session:
        _run_all(session, statements, format)


def _given(statement: str | None) -> str:
    if statement not in (None, "-"):
        return str(statement)
    if statement is None and sys.stdin.isatty():
        return ""
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        sentence = f"Standard input is not UTF-8 (byte {error.start}); save it as UTF-8."
        raise EcomError(sentence, ExitCode.USAGE) from None


def _run_all(session: "TrinoSession", statements: list[str], format: Format) -> None:
    for statement in statements:
        answer = session.stream(statement)
        if answer.update_type is None or len(statements) == 1 or format is Format.TABLE:
            _WRITERS[format](answer, sys.stdout)
        else:
            list(answer.rows)


def _write_json(answer: "Stream", out: TextIO) -> None:
    from ecom.base.sql_text import json_lines

    out.writelines(json_lines(answer.columns, answer.rows))


def _write_csv(answer: "Stream", out: TextIO) -> None:
    from ecom.base.sql_text import one_line, text_value

    shown = one_line if out.isatty() else str  # a file holds what is stored, to the last character
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(shown, answer.columns))
    writer.writerows([shown(text_value(value)) for value in row] for row in answer.rows)


def _write_table(answer: "Stream", out: TextIO) -> None:
    if answer.update_type is not None:
        count = "" if answer.update_count is None else f": {answer.update_count} rows"
        out.write(f"{answer.update_type}{count}\n")
        return
    write = _rich_block if out.isatty() else _plain_block
    rows = 0
    while block := list(islice(answer.rows, ROWS_AT_ONCE)):
        write(answer.columns, block, out)
        rows += len(block)
    if rows == 0:
        write(answer.columns, [], out)
    if out.isatty():
        out.write(f"({rows} row{'' if rows == 1 else 's'})\n")


def _plain_block(columns: list[str], rows: list[tuple[Any, ...]], out: TextIO) -> None:
    from ecom.base.sql_text import plain_table

    out.writelines(plain_table(columns, [[_cell(value) for value in row] for row in rows], _numeric(columns, rows)))


def _rich_block(columns: list[str], rows: list[tuple[Any, ...]], out: TextIO) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from ecom.base.sql_text import one_line

    table = Table(box=box.SIMPLE_HEAD)
    for name, right in zip(columns, _numeric(columns, rows), strict=True):
        table.add_column(Text(one_line(name)), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(one_line(_cell(v)), style="dim italic" if v is None else "") for v in row))
    Console(file=out).print(table)


def _cell(value: Any) -> str:
    from ecom.base.sql_text import text_value

    return "NULL" if value is None else text_value(value)


def _numeric(columns: list[str], rows: list[tuple[Any, ...]]) -> list[bool]:
    from decimal import Decimal

    def column(i: int) -> Iterator[Any]:
        return (row[i] for row in rows if row[i] is not None)

    number = (int, float, Decimal)
    return [
        any(True for _ in column(i)) and all(isinstance(v, number) and not isinstance(v, bool) for v in column(i))
        for i in range(len(columns))
    ]


_WRITERS: dict[Format, Callable[["Stream", TextIO], None]] = {
    Format.TABLE: _write_table,
    Format.CSV: _write_csv,
    Format.JSON: _write_json,
}
