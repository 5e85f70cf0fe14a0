"""JSON as RFC 8259 has it, and what is wrong with text that is none."""

import pytest

from ecom.contracts.judge.strict_json import MOST_NESTING, Integer, NotJsonError, Number, nesting, parse


def test_numbers_keep_the_text_that_stood_there() -> None:
    found = parse('{"a": 19.990, "b": -0, "c": 1E+3, "d": 12345678901234567890123}')
    assert found == {"a": "19.990", "b": "-0", "c": "1E+3", "d": "12345678901234567890123"}
    assert [type(value) for value in found.values()] == [Number, Integer, Number, Integer]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        (" \n", "the text is only white space"),
        ("\ufeff{}", "byte order mark"),
        ("\x00\x00\x00\x00\x07{}", "schema registry's prefix (Confluent, schema id 7)"),
        ("{\x00}\x00", "UTF-16 or UTF-32"),
        ("Obj\x01...", "an Avro file"),
        (")]}'{}", "script inclusion"),
        ('{"a": 1} {"a": 2}', "character 10: a second document after the first"),
        ('{"a": 1} junk', "text after the document"),
        ('{"a": 1}\x00', "NUL after the document"),
        ('{"a": 1, "a": 2}', 'key "a" is there twice in one object'),
        ('{"a": NaN}', "NaN is not a JSON value"),
        ('{"a": Infinity}', "Infinity is not a JSON value"),
        ('{"a": "x\ny"}', "control character U+000A within a string"),
        ("{'a': 1}", "character 2: "),
        ('{"a": 1', ", at the end"),
        ('{"a": 01}', "character 8: "),
        ('{"a": .5}', "character 7: "),
        ('{"a": 1,}', "character "),
    ],
)
def test_what_is_no_json_is_refused_with_place_and_cause(text: str, says: str) -> None:
    with pytest.raises(NotJsonError) as error:
        parse(text)
    assert says in str(error.value)


def test_a_key_may_stand_again_in_another_object() -> None:
    assert parse('{"a": {"a": "1"}, "b": [{"a": null}, {"a": true}]}') == {
        "a": {"a": "1"},
        "b": [{"a": None}, {"a": True}],
    }


def test_brackets_within_strings_do_not_nest() -> None:
    assert nesting('{"a": "[[[{\\"{"}') == 1
    assert nesting("[[{}], []]") == 3


def test_deep_documents_are_read_to_a_bound_and_never_crash() -> None:
    whole = "[" * MOST_NESTING + "]" * MOST_NESTING
    assert parse(whole) is not None
    for depth in (MOST_NESTING + 1, 200_000):
        with pytest.raises(NotJsonError, match="nested deeper than 1,000 levels"):
            parse("[" * depth + "]" * depth)


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert len(parse(f"[{', '.join(['{}'] * 5_000)}]")) == 5_000
