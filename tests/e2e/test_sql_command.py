"""`ecom sql` as a user types it, against a real Trino. Needs no table."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from ecom.base.settings import ROOT, Settings

pytestmark = pytest.mark.stack
Ecom = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def environment(stack: Settings) -> dict[str, str]:
    host, port = stack.trino_address
    return os.environ | {"TRINO_HOST": host, "TRINO_PORT": str(port), "TZ": "Asia/Kathmandu"}


@pytest.fixture(scope="session")
def ecom_sql(environment: dict[str, str]) -> Ecom:
    def run(*arguments: str, stdin: str | None = None) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "ecom", "sql", *arguments]
        return subprocess.run(
            command, input=stdin or "", capture_output=True, text=True, env=environment, cwd=ROOT, timeout=120
        )

    return run


def test_json_keeps_decimals_timestamps_and_nesting(ecom_sql: Ecom) -> None:
    sql = """select cast('90071992547409.9301' as decimal(20,4)) d, timestamp '2026-01-01 10:00:59.9996 UTC' t,
             x'00ff' b, cast(row(1, null) as row(a int, b varchar)) r, array[decimal '1.10'] l, nan() n, 1 n"""
    done = ecom_sql(sql, "--format", "json")
    assert done.returncode == 0, done.stderr
    row = {"d": "90071992547409.9301", "t": "2026-01-01T10:00:59.999600Z", "b": "AP8=", "r": {"a": 1, "b": None}}
    assert json.loads(done.stdout) == [row | {"l": ["1.10"], "n": "NaN", "n_2": 1}]


def test_csv_streams_every_row_and_quotes(ecom_sql: Ecom) -> None:
    sql = "select x, 'a,\"b\"' t from unnest(sequence(1, 10000)) s(x) cross join unnest(sequence(1, 10))"
    rows = list(csv.reader(io.StringIO(ecom_sql(sql, "-f", "csv").stdout)))
    assert rows[0] == ["x", "t"] and len(rows) == 100_001
    assert sum(int(row[0]) for row in rows[1:]) == 10 * sum(range(10_001)) and rows[1][1] == 'a,"b"'


def test_a_table_shows_null_apart_from_text(ecom_sql: Ecom) -> None:
    assert ecom_sql("select 5 n, cast(null as varchar) t").stdout == "n  t\n-  ----\n5  NULL\n"


def test_statements_from_standard_input_share_a_session(ecom_sql: Ecom) -> None:
    done = ecom_sql("-", "--format", "json", stdin="use delta.information_schema; select ';' x; -- none\n")
    assert (done.returncode, json.loads(done.stdout)) == (0, [{"x": ";"}])
    assert json.loads(ecom_sql("--format", "json", stdin="select current_timezone() z").stdout) == [{"z": "UTC"}]


@pytest.mark.parametrize(("sql", "says"), [("selec 1", "line 1:1"), ("select 1/0", "Division by zero")])
def test_what_trino_refuses_is_one_line(ecom_sql: Ecom, sql: str, says: str) -> None:
    done = ecom_sql(sql)
    assert done.returncode == 2 and says in done.stderr and done.stdout == ""
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


def test_nothing_to_run_is_a_usage_error(ecom_sql: Ecom) -> None:
    done = ecom_sql(" ; -- only a comment")
    assert done.returncode == 2 and "show schemas" in done.stderr


def test_a_reader_that_leaves_early_gets_no_traceback(environment: dict[str, str]) -> None:
    sql = "select x from unnest(sequence(1, 10000)) s(x) cross join unnest(sequence(1, 100))"
    script = f'"{sys.executable}" -m ecom sql -f csv "{sql}" | head -2; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.stdout == "x\n1\n0\n" and done.stderr == ""
