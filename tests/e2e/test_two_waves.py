"""A seeded mix with every kind of trouble, then a second wave that changes what the first one said."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from ecom.lake.trino import query
from ecom.trust.comparison import Verification
from ecom.trust.verify import verify
from generator.mix import Mix
from generator.second_wave import second_wave
from generator.stream import generate
from oracle import Oracle
from tests.lake import assert_gold_equals_oracle, ecom, produce, run_all, verdicts

TROUBLE = Mix(**{f"bad_{k}": 0.004 for k in (
    "not_json", "trailing_text", "missing_field", "wrong_type", "status", "negative", "currency", "fraction_digits",
    "future", "utf8", "tombstone", "conflict",
)})  # fmt: skip
SPAN = timedelta(hours=3)
Minute = tuple[datetime, str]


@dataclass(frozen=True)
class TwoWaves:
    """What was there after each wave."""

    first: Oracle
    second: Oracle
    first_verdicts: dict[Any, Any]
    gold_version: int
    verified: Verification


@pytest.fixture(scope="module")
def waves(spark: SparkSession, module_lake: Settings) -> TwoWaves:
    start = datetime.now(UTC) - timedelta(days=40)
    messages = list(generate(1500, 11, start, SPAN, TROUBLE))
    assert {m.kind for m in messages} >= {f"bad_{k}" for k in ("conflict", "future", "utf8", "tombstone")}
    produce(module_lake, messages)
    run_all(spark, module_lake)
    first = assert_gold_equals_oracle(module_lake)
    first_verdicts = verdicts(module_lake)
    version = _gold_version(module_lake)
    produce(module_lake, second_wave(messages, 12))
    run_all(spark, module_lake)
    second = assert_gold_equals_oracle(module_lake)
    return TwoWaves(first, second, first_verdicts, version, verify(spark, module_lake))


def _gold_version(lake: Settings) -> int:
    return int(query(lake, 'select max(version) from gold."fct_sales_minute$history"').scalar())


def test_gold_equals_the_oracle_after_each_wave(waves: TwoWaves) -> None:
    assert waves.second.gold != waves.first.gold, "the second wave changed nothing: the test shows nothing"


def test_each_offset_has_the_verdict_that_the_oracle_gives(waves: TwoWaves, module_lake: Settings) -> None:
    expected = {place: (verdict.kind, verdict.reasons) for place, verdict in waves.second.verdicts.items()}
    assert {kind for kind, _ in expected.values()} == {"clean", "duplicate", "quarantined"}
    found = verdicts(module_lake)
    assert found.keys() == expected.keys()
    assert {place: (found[place], expected[place]) for place in found if found[place] != expected[place]} == {}


def test_an_offset_that_was_judged_keeps_its_verdict(waves: TwoWaves, module_lake: Settings) -> None:
    now = verdicts(module_lake)
    assert {place: now[place] for place in waves.first_verdicts} == waves.first_verdicts


def test_the_account_adds_up(waves: TwoWaves, module_lake: Settings) -> None:
    done = ecom(module_lake, "account", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["ok"]
    assert found["totals"]["offsets"] == len(waves.second.verdicts)
    assert found["totals"]["pending"] == 0


def test_verify_finds_no_difference(waves: TwoWaves) -> None:
    assert [c.examples for c in waves.verified.comparisons] == [[], [], [], []]
    assert all(c.rows > 0 for c in waves.verified.comparisons)


def test_only_touched_minutes_were_written(waves: TwoWaves, module_lake: Settings) -> None:
    changes = query(
        module_lake,
        "select minute_bucket, currency, _change_type from table(delta.system.table_changes("
        f"'gold', 'fct_sales_minute', {waves.gold_version}))",
    ).rows
    written = {(minute, currency) for minute, currency, _ in changes}
    before, after = waves.first.gold, waves.second.gold
    touched = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert written == touched
    emptied = before.keys() - after.keys()
    assert emptied, "no minute lost its row: the wave is too tame"
    assert {(m, c) for m, c, change in changes if change == "delete"} >= emptied


def test_a_planted_difference_is_found(waves: TwoWaves, module_lake: Settings) -> None:
    """Last in this module: it breaks the lake."""
    last = "(select max((minute_bucket, currency)) from gold.fct_sales_minute)"
    query(
        module_lake,
        f"update gold.fct_sales_minute set gmv = gmv + decimal '0.0100' where (minute_bucket, currency) = {last}",
    )
    done = ecom(module_lake, "verify", "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert not found["ok"]
    assert [c["differences"] for c in found["comparisons"]] == [0, 1, 0, 0]
    assert "gmv" in found["comparisons"][1]["examples"][0]
