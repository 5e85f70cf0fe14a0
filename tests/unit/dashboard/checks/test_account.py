"""What the strip says of offsets: Bronze against the verdicts, as sets."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dashboard.checks import account
from dashboard.checks.account import Compared, OffsetSet, compare
from dashboard.trust import Level

MINUTE = timedelta(minutes=1)
PLACE = ("orders.events", 0)
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


def test_a_log_that_ends_before_bronze_is_wrong() -> None:
    assert account.judge(compare([BRONZE, VERDICTS]), {PLACE: 4}, MINUTE, 10).level is Level.WRONG
