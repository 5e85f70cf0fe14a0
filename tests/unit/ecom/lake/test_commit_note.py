"""The note of a commit, as JSON and back."""

import json

import pytest

from ecom.lake.commit_note import CommitNote, flat, kafka_ends, nested, parse_note

ENDS = '{"orders.events": {"0": 12, "1": 7}}'
NOTE = CommitNote("bronze_orders", "c-1", 4, [ENDS], topic_id="t", rows={"orders.events": {"0": 12}})


def test_a_note_comes_back_as_it_was() -> None:
    assert parse_note(NOTE.to_json()) == NOTE


def test_what_says_nothing_is_not_written() -> None:
    assert set(json.loads(NOTE.to_json())) == {"job", "checkpoint_id", "batch_id", "sources", "topic_id", "rows"}


def test_what_a_later_version_adds_is_passed_over() -> None:
    later = json.dumps(json.loads(NOTE.to_json()) | {"of_tomorrow": [1]})
    assert parse_note(later) == NOTE


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "OPTIMIZE by hand",
        "[]",
        "null",
        "7",
        '{"job": "x"}',
        '{"checkpoint_id": "c", "batch_id": 1}',
    ],
)
def test_somebody_else_s_metadata_is_no_note(text: str | None) -> None:
    assert parse_note(text) is None


def test_a_topic_s_ends_are_read_by_partition() -> None:
    assert NOTE.kafka_ends() == {("orders.events", 0): 12, ("orders.events", 1): 7}
    assert kafka_ends([]) == {}


def test_a_position_is_nested_in_order_and_flat_again() -> None:
    position = {("b", 1): 2, ("a", 10): 3, ("a", 9): 4}
    assert json.dumps(nested(position)) == '{"a": {"9": 4, "10": 3}, "b": {"1": 2}}'
    assert flat(nested(position)) == position
    assert flat(None) == {}
