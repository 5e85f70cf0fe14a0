"""The commands that repair what is in quarantine, as a shell reads them."""

import subprocess

import pytest

from dashboard.repair import OTHER, how_to, of_reason, of_record
from ecom.contracts.rules import Rule


def sql(commands: str) -> str:
    """What a shell hands to `ecom trino --execute`."""
    line = commands.splitlines()[0]
    asked, _, rest = line.removeprefix("TRINO_USER=operator ").rpartition(" --output-format ")
    assert rest == "JSON > repair.jsonl"
    script = f'ecom() {{ test "$1 $2" = "trino --execute" && test $# = 3 && printf %s "$3"; }}; {asked}'
    return subprocess.run(["sh", "-c", script], check=True, capture_output=True, text=True).stdout


def test_one_record_is_named_by_its_place() -> None:
    assert sql(of_record("orders.events", 2, 17, is_bytes=False)) == (
        "select topic, raw_key as key, raw_value as value from silver.quarantine "
        "where topic = 'orders.events' and partition = 2 and offset = 17"
    )


def test_bytes_that_are_no_text_go_as_base64() -> None:
    assert "to_base64(raw_bytes) as value_base64" in sql(of_record("t", 0, 0, is_bytes=True))
    assert "to_base64(raw_bytes) as value_base64" in sql(of_reason("$", "invalid_utf8", None))


def test_a_field_of_items_is_found_under_an_older_release_s_names_too() -> None:
    assert r"regexp_replace(r.field, '\[\d+\]', '[]') = 'items[].category'" in sql(
        of_reason("items[].category", "missing", None)
    )


def test_a_reason_takes_its_window_along_and_no_more_than_a_file_should_hold() -> None:
    assert sql(of_reason("items[0].quantity", "wrong_type", 24)).endswith(
        "where quarantined_ts > current_timestamp - interval '24' hour and "
        "any_match(reasons, r -> r.field = 'items[0].quantity' and r.rule = 'wrong_type') limit 1000"
    )
    assert "current_timestamp" not in of_reason("status", "missing", None)


@pytest.mark.parametrize("odd", ["$", "a'b", 'a"b', "$(id)", "`id`", "a\\b"])
def test_whatever_stands_in_a_name_stays_text(odd: str) -> None:
    quoted = odd.replace("'", "''")
    assert f"r.field = '{quoted}'" in sql(of_reason(odd, "missing", None))
    assert f"topic = '{quoted}'" in sql(of_record(odd, 0, 0, is_bytes=False))


def test_each_rule_has_words_of_its_own_and_an_unknown_one_the_contract() -> None:
    assert len({how_to(rule) for rule in Rule} - {OTHER}) > 10
    assert how_to("a_rule_of_an_older_release") == OTHER
