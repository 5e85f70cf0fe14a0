"""What each part of the trust strip says of what was found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.checks import account, dbt_build, doubts, freshness, quarantine
from dashboard.checks.account import Compared, OffsetSet, compare
from dashboard.checks.dbt_build import Build
from dashboard.checks.quarantine import Counts
from dashboard.trust import Check, Level, Part
from ecom.base.errors import EcomError
from ecom.trust.doubts import Doubts
from ecom.trust.freshness import Layer, Layers

NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLACE, OTHER = ("orders.events", 0), ("payments.events", 0)


def test_every_level_has_a_color_an_icon_and_a_word_of_its_own() -> None:
    for part in range(3):
        assert len({level.value[part] for level in Level}) == len(Level)


UP_TO_DATE = Layer("silver", NOW)


def found(
    written: datetime | None,
    behind: int | None = 0,
    silver: Layer = UP_TO_DATE,
    derived: datetime | None = None,
    held_back: int = 0,
) -> Layers:
    return Layers(Layer("bronze", written, None, behind, held_back), silver, Layer("gold", NOW), derived)


def waits(minutes: int) -> Layer:
    return Layer("silver", NOW, NOW - minutes * MINUTE, 7)


@pytest.mark.parametrize(
    ("layers", "level", "says"),
    [
        (found(NOW - 12 * timedelta(seconds=1)), Level.GOOD, "newest data is 12 s old"),
        (found(NOW - 61 * MINUTE), Level.LOOK, "newest data is 1 h 1 min old"),
        (found(NOW - 25 * 60 * MINUTE), Level.WRONG, "newest data is 1 d old"),
        (found(NOW, silver=waits(5)), Level.GOOD, "0 s old"),
        (found(NOW, silver=waits(20)), Level.LOOK, "0 s old"),
        (found(NOW, derived=NOW - 61 * MINUTE), Level.WRONG, "0 s old"),
        (found(NOW, None), Level.LOOK, "0 s old"),
        (found(NOW - 2 * MINUTE, 40), Level.LOOK, "2 min old"),
        (found(NOW - timedelta(seconds=30), 40), Level.GOOD, "30 s old"),
        (found(None, None), Level.LOOK, "no data yet"),
    ],
)
def test_freshness(layers: Layers, level: Level, says: str) -> None:
    part = freshness.judge(layers, None, NOW)
    assert part.level is level and says in part.sentence


def test_freshness_says_how_far_each_layer_lags() -> None:
    layers = found(NOW, 3, waits(5), derived=NOW - 2 * MINUTE, held_back=1)
    assert freshness.judge(layers, NOW - 3 * MINUTE, NOW).details == (
        "Bronze: 3 offsets behind Kafka, 1 of them in an open transaction. Silver: 7 records wait for 5 min. "
        "Gold: 2 min behind.",
    )
    assert freshness.judge(layers, NOW - MINUTE, NOW).details[0].endswith("Gold: up to date.")


GOOD = Build(NOW - 3 * MINUTE, NOW - 3 * MINUTE, "success", passed=15, warned=0, failed=0)


@pytest.mark.parametrize(
    ("found", "level", "says"),
    [
        (GOOD, Level.GOOD, "15 tests passed, 0 failed, 3 min ago"),
        (replace(GOOD, warned=1), Level.LOOK, "15 tests passed, 0 failed, 1 warned, 3 min ago"),
        (replace(GOOD, failed=2), Level.WRONG, "2 tests failed, 3 min ago"),
        (replace(GOOD, passed=0), Level.LOOK, "not tested yet, 3 min ago"),
        (replace(GOOD, status="error", passed=0), Level.WRONG, "failed 3 min ago"),
        (Build(None, None, None, 0, 0, 0), Level.LOOK, "none yet"),
    ],
)
def test_dbt_build(found: Build, level: Level, says: str) -> None:
    part = dbt_build.judge(found, NOW)
    assert (part.level, part.sentence) == (level, says)


def node(name: str, status: str, started: datetime | None, finished: datetime | None) -> dict[str, Any]:
    built = started if status == "success" else None
    return {"node_id": name, "tried": started, "built": built, "finished": finished, "status": status}


def test_the_last_build_is_the_model_s_last_run_and_each_test_s_result_since() -> None:
    start, end = NOW - 5 * MINUTE, NOW - 4 * MINUTE
    nodes = [
        node("test.a", "pass", end, end),
        node("test.b", "warn", end, end),
        node("test.c", "fail", end, end),
        node("test.d", "error", end, end),
        node("test.before", "fail", start - MINUTE, start - MINUTE),
        node("test.skipped", "skipped", None, None),
        node(dbt_build.MODEL, "success", start, end),
    ]
    assert dbt_build.build_of(nodes) == Build(start, start, "success", passed=1, warned=1, failed=2)
    assert dbt_build.build_of(nodes[:-1]) == dbt_build.NONE_YET


def test_a_failed_build_says_as_of_when_gold_stands() -> None:
    part = dbt_build.judge(replace(GOOD, status="error", built=NOW - 10 * MINUTE), NOW)
    assert "Gold stands as of 2026-01-31 09:50 UTC" in part.details[0]


@pytest.mark.parametrize(
    ("found", "level", "says"),
    [
        (Counts(0, 1000), Level.GOOD, "0 records in the last 24 hours"),
        (Counts(1, 1000), Level.LOOK, "1 record in the last 24 hours"),
        (Counts(51, 1000), Level.WRONG, "51 records in the last 24 hours"),
        (Counts(1, 0), Level.WRONG, "1 record in the last 24 hours"),
    ],
)
def test_quarantine(found: Counts, level: Level, says: str) -> None:
    part = quarantine.judge(found)
    assert (part.level, part.sentence) == (level, says)


BRONZE = OffsetSet(*PLACE, is_verdict=False, is_passed=True, count=10, first=0, last=9, checksum="AB")
VERDICTS = replace(BRONZE, is_verdict=True)
WAITING = replace(BRONZE, is_passed=False, count=5, first=10, last=14, checksum="CD")


def test_the_same_offsets_in_bronze_and_in_the_verdicts_are_accounted_for() -> None:
    assert compare([BRONZE, VERDICTS, WAITING]) == Compared(15, 10, 0, 0, {PLACE: 15})


@pytest.mark.parametrize(
    ("sets", "wrong"),
    [
        ([BRONZE, replace(VERDICTS, count=9, checksum="EF")], 1),  # one has no verdict
        ([BRONZE, replace(VERDICTS, count=12, checksum="EF")], 2),  # two have two
        ([BRONZE, replace(VERDICTS, checksum="EF")], 1),  # one lost and one doubled
        ([BRONZE], 10),
        ([VERDICTS], 10),  # judged, and no longer in Bronze
        ([replace(BRONZE, count=11), replace(VERDICTS, count=11)], 1),  # doubled in both
    ],
)
def test_a_verdict_that_is_missing_or_doubled_is_wrong(sets: list[OffsetSet], wrong: int) -> None:
    found = compare(sets)
    assert found.wrong == wrong
    assert account.judge(found, {PLACE: 10}, MINUTE, found.judged).level is Level.WRONG


def test_offsets_in_no_table_are_to_be_looked_at() -> None:
    found = compare([replace(BRONZE, count=8), replace(VERDICTS, count=8), replace(WAITING, first=12, count=3)])
    part = account.judge(found, {PLACE: 15}, MINUTE, 8)
    assert (found.absent, part.level, part.sentence) == (4, Level.LOOK, "4 offsets in no table")


def test_without_kafka_the_account_says_so() -> None:
    found = compare([BRONZE, VERDICTS])
    assert account.judge(found, {PLACE: 12}, MINUTE, 10).level is Level.GOOD
    part = account.judge(found, None, MINUTE, 10)
    assert part.level is Level.LOOK and "Kafka does not answer" in part.details[0]


@pytest.mark.parametrize(
    ("judged", "age", "level"),
    [(10, 60, Level.GOOD), (12, 20, Level.GOOD), (12, 60, Level.LOOK), (10, 200, Level.LOOK)],
)
def test_a_comparison_vouches_only_for_what_it_covers_while_it_is_young(judged: int, age: int, level: Level) -> None:
    part = account.judge(compare([BRONZE, VERDICTS]), {PLACE: 12}, timedelta(seconds=age), judged)
    assert part.level is level
    assert part.sentence.startswith("all ") is (judged == 10 and age < 200)
    assert ("2 records judged since" in part.details[0]) is (judged == 12)


def test_doubts_are_told_and_none_is_good() -> None:
    assert doubts.judge(Doubts()).level is Level.GOOD
    part = doubts.judge(Doubts(repeated_movements=2, overpaid_orders=1, records_without_key={"t": 3}))
    assert (part.level, part.sentence) == (Level.LOOK, "2 repeated movements")
    assert part.details[0] == "Also 1 overpaid order, 3 records without a key."


def test_a_log_that_ends_before_bronze_is_wrong() -> None:
    assert account.judge(compare([BRONZE, VERDICTS]), {PLACE: 4}, MINUTE, 10).level is Level.WRONG


def test_what_cannot_be_found_out_is_red_and_what_is_not_there_yet_is_not() -> None:
    def fails(sentence: str) -> Check:
        def look() -> Part:
            raise EcomError(sentence)

        return Check("Offsets", "pipeline", look)

    assert fails("Trino does not answer.").part() == Part(
        "Offsets", Level.WRONG, "not known", ("Trino does not answer.",)
    )
    missing = fails("Trino: line 1:8: Schema 'silver' does not exist (SCHEMA_NOT_FOUND, query 1).").part()
    assert (missing.level, missing.sentence) == (Level.LOOK, "nothing there yet")
