"""JSON Lines to records: bytes exactly as given, and a sentence for each line that cannot be sent."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom.base.errors import EcomError, ExitCode
from generator.jsonl import Record, compact, parse_line, read_records


def line(**members: object) -> bytes:
    return json.dumps(members).encode()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{ "a" : 19.990 }', b'{"a":19.990}'),
        ('{"a": 12345678901234567890123.5000}', b'{"a":12345678901234567890123.5000}'),
        ('{"a": 1E+2, "a": -0.0}', b'{"a":1E+2,"a":-0.0}'),
        ('{"s": "two  spaces \\" and \\u0041"}', b'{"s":"two  spaces \\" and \\u0041"}'),
        ("[1, 2]", b"[1,2]"),
        ("1.50", b"1.50"),
        ("true", b"true"),
        ('"plain  text"', b"plain  text"),
        ('"{\\"a\\":1} junk"', b'{"a":1} junk'),
        ('"\\u0000é"', b"\x00\xc3\xa9"),
        ('""', b""),
        ("null", None),
    ],
)
def test_a_value_goes_as_it_is_written(text: str, value: bytes | None) -> None:
    assert parse_line(f'{{"topic": "t", "value": {text}}}'.encode()).value == value


def test_raw_bytes_key_headers_and_partition() -> None:
    record = parse_line(line(topic="t", key="k", value_base64="/wA=", headers={"a": "b", "n": None}, partition=2))
    assert record == Record("t", b"k", b"\xff\x00", (("a", b"b"), ("n", None)), 2)
    assert parse_line(line(topic="t", value=None, headers=[["a", "1"], ["a", "2"]])).headers == (
        ("a", b"1"),
        ("a", b"2"),
    )


@pytest.mark.parametrize(
    "bad",
    [
        b"x",
        b"[]",
        b'{"topic": "t", "value": 1} x',
        b'{"topic": "t", "value": 1,}',
        b'{"topic": "t", "value": NaN}',
        b'{"topic": "t", "value": 1, "value": 2}',
        b'{"topic": "t"',
        b'{"topic": "t", "value": "\xff"}',
        line(topic="t"),
        line(topic="t", value=1, value_base64="AA=="),
        line(topic="t", value_base64="?"),
        line(topic="t", value_base64=7),
        line(value=1),
        line(topic="", value=1),
        line(topic=7, value=1),
        line(topic="t", value=1, key=7),
        line(topic="t", value=1, Key="k"),
        line(topic="t", value=1, headers=["a"]),
        line(topic="t", value=1, headers="a"),
        line(topic="t", value=1, headers={"a": 1}),
        line(topic="t", value=1, partition=-1),
        line(topic="t", value=1, partition="0"),
        b'{"topic": "t", "value": "\\ud800"}',
        b'{"topic": "t", "value": ' + b"[" * 100_000 + b"}",
    ],
)
def test_a_bad_line_is_named_after_the_good_ones_were_given(bad: bytes) -> None:
    records = read_records([line(topic="t", value=1), b"\n", bad], "some.jsonl")
    assert next(records).value == b"1"
    with pytest.raises(EcomError, match=r"^some\.jsonl line 3: ") as refused:
        next(records)
    assert refused.value.code is ExitCode.USAGE


@given(st.recursive(st.none() | st.integers() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_compacting_changes_nothing_but_space(value: object) -> None:
    text = json.dumps(value, indent=3, ensure_ascii=False)
    assert compact(text) == json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=7))
def test_no_digit_of_a_number_is_lost(number: Decimal) -> None:
    value = parse_line(f'{{"topic": "t", "value": {{"a": {number:f}}}}}'.encode()).value
    assert value == f'{{"a":{number:f}}}'.encode()
