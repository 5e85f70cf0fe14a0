"""What a reason says stood in the message."""

import pytest

from ecom.contracts.judge.found import ABSENT, LONGEST, SHOWN, found, type_name
from ecom.contracts.judge.strict_json import parse


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1E+3", "1E+3 (number)"),
        ('"12"', '"12" (string)'),
        ('"ü"', '"ü" (string)'),
        ("null", "null"),
        ("true", "true"),
        ('[1, {"a": null}]', '[1, {"a": null}] (array)'),
        ("{}", "{} (object)"),
    ],
)
def test_a_value_is_shown_as_it_stood_there_with_its_type(text: str, shown: str) -> None:
    assert found(parse(text)) == shown


def test_nothing_is_shown_where_nothing_stood_but_for_a_note() -> None:
    assert found(ABSENT) is None
    assert found(ABSENT, "wanted: a string") == "wanted: a string"
    assert repr(ABSENT) == "ABSENT"


def test_a_note_follows_the_value() -> None:
    assert found("x", "wanted one of A, B") == '"x" (string); wanted one of A, B'


def test_long_values_and_long_notes_are_cut() -> None:
    shown = found("x" * 10_000)
    assert shown is not None and shown.endswith("… (string)") and len(shown) == SHOWN + len(" (string)")
    assert len(found("x" * 10_000, "y" * 10_000) or "") == LONGEST


def test_of_a_huge_array_only_the_beginning_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[str]()

    def dumps(value: str, ensure_ascii: bool) -> str:
        made.append(value)
        return f'"{value}"'

    monkeypatch.setattr("ecom.contracts.judge.found.json.dumps", dumps)
    shown = found(["a"] * 1_000_000)
    assert shown is not None and shown.startswith('["a", "a"') and shown.endswith("… (array)")
    assert len(made) < SHOWN


def test_half_of_a_surrogate_pair_is_named_and_not_passed_on() -> None:
    shown = found("\ud83d")
    assert shown is not None and shown.encode() and "d83d" in shown


@pytest.mark.parametrize(
    ("text", "name"),
    [("1", "number"), ('"1"', "string"), ("false", "boolean"), ("{}", "object"), ("[]", "array"), ("null", "null")],
)
def test_types_have_json_s_names(text: str, name: str) -> None:
    assert type_name(parse(text)) == name
