"""Statements apart, and values as JSON, CSV and table cells."""

import json
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from trino.types import NamedRowTuple

from ecom.base.sql_text import json_lines, json_value, plain_table, split_statements, text_value, unique_names


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("select 1", ["select 1"]),
        ("select 1;", ["select 1"]),
        ("select 1; select 2 ;;\n;", ["select 1", "select 2"]),
        ("", []),
        (" \n -- nothing; here\n /* nor; here */ ;", []),
        ("select ';', 'it''s; fine'; select 2", ["select ';', 'it''s; fine'", "select 2"]),
        ('select "a;""b" from t; x', ['select "a;""b" from t', "x"]),
        ("select 1 -- a ; b ' \n, 2; x", ["select 1 -- a ; b ' \n, 2", "x"]),
        ("select 1 /* ; ' \n */ - 2; x", ["select 1 /* ; ' \n */ - 2", "x"]),
        ("select 4 / 2 - 1; x", ["select 4 / 2 - 1", "x"]),
        ("select '-- no comment; ' ; x", ["select '-- no comment; '", "x"]),
        ("select 'never closed; x", ["select 'never closed; x"]),
        ("select 1 /* never closed; x", ["select 1 /* never closed; x"]),
        ("select 'Grüße; 注文'", ["select 'Grüße; 注文'"]),
    ],
)
def test_a_semicolon_ends_a_statement_unless_quoted_or_in_a_comment(text: str, statements: list[str]) -> None:
    assert split_statements(text) == statements


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (2**63 - 1, 2**63 - 1),
        (Decimal("90071992547409.9301"), "90071992547409.9301"),
        (Decimal("0E-4"), "0.0000"),
        (1.5, 1.5),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (datetime(2026, 1, 1, 10, 0, 59, 999600, tzinfo=UTC), "2026-01-01T10:00:59.999600Z"),
        (datetime(2026, 1, 1, 10, tzinfo=timezone(timedelta(hours=2))), "2026-01-01T10:00:00+02:00"),
        (datetime(2026, 1, 1, 10), "2026-01-01T10:00:00"),
        (date(2026, 1, 1), "2026-01-01"),
        (b"\x00\xff", "AP8="),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ([Decimal("1.10"), None], ["1.10", None]),
        ({1: Decimal("1.10")}, {"1": "1.10"}),
        (NamedRowTuple([1, [b"a"], 2], ["a", None, "a"], ["x", "y", "z"]), {"a": 1, "field1": ["YQ=="], "a_2": 2}),
    ],
)
def test_values_become_json(value: object, shown: object) -> None:
    assert json_value(value) == shown
    json.dumps(json_value(value), allow_nan=False)


def test_a_cell_is_bare_text_or_nested_json() -> None:
    cells = [text_value(v) for v in (None, True, Decimal("1.50"), "a,b", ["ü", None], {"k": b"a"})]
    assert cells == ["", "true", "1.50", "a,b", '["ü", null]', '{"k": "YQ=="}']


def test_repeated_columns_get_a_free_suffix() -> None:
    assert unique_names(["a", "a", "a_2", "a"]) == ["a", "a_3", "a_2", "a_4"]
    assert unique_names(["b", "a"]) == ["b", "a"]


def test_json_is_one_list_also_when_empty() -> None:
    assert json.loads("".join(json_lines(["a"], []))) == []
    assert json.loads("".join(json_lines(["a", "b"], [(1, None), (2, "x")]))) == [
        {"a": 1, "b": None},
        {"a": 2, "b": "x"},
    ]


def test_a_table_aligns_numbers_right_and_shows_control_characters() -> None:
    lines = "".join(plain_table(["n", "text"], [["5", "a\x1b[2J"], ["10", "b"]], [True, False]))
    assert lines == " n  text\n--  --------\n 5  a\\x1b[2J\n10  b\n"
