"""The oracle's own reading of JSON."""

import pytest

from oracle.strict_json import MOST_NESTING, NotJsonError, Number, parse


def test_numbers_keep_their_text() -> None:
    found = parse('{"a": 19.990, "b": [1E+3, -0]}')
    assert found == {"a": "19.990", "b": ["1E+3", "-0"]}
    assert isinstance(found["a"], Number) and isinstance(found["b"][1], Number)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{} {}",
        "{}x",
        "{'a': 1}",
        '{"a": 1, "a": 1}',
        '{"a": {"b": 1, "b": 2}}',
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        "01",
        "[1,]",
        '"a\nb"',
        "\ufeff{}",
        "nul",
    ],
)
def test_whatever_rfc_8259_does_not_allow_is_refused(text: str) -> None:
    with pytest.raises(NotJsonError):
        parse(text)


def test_nesting_has_the_bound_that_the_contracts_page_names() -> None:
    parse("[" * MOST_NESTING + "]" * MOST_NESTING)
    with pytest.raises(NotJsonError, match="nested too deep"):
        parse("[" * (MOST_NESTING + 1) + "]" * (MOST_NESTING + 1))


def test_brackets_in_strings_and_side_by_side_are_not_deep() -> None:
    assert parse(f'["{"[" * 5_000}\\\\", "\\"["]')[1] == '"['
    assert len(parse(f"[{', '.join(['[]'] * 5_000)}]")) == 5_000
