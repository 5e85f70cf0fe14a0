"""Verdicts on inline rows: what is clean, a duplicate, a conflict, or was judged before."""

from datetime import date
from typing import Any

from pyspark.sql import DataFrame, Row, SparkSession

from spark_jobs.transforms.bronze import not_before
from spark_jobs.transforms.silver import as_verdict, ledger_rows, one_of_each, unjudged, with_verdicts

DAY = date(2026, 5, 1)
JUDGED = (
    "event_id string, event_date date, amount int, topic string, partition int, offset bigint, "
    "reasons array<struct<field: string, rule: string, found: string>>"
)
FIRST_COPIES = "event_id string, event_date date, amount int, topic string, partition int, offset bigint"


def event(offset: int, event_id: str | None = "e", amount: int = 1, day: date | None = DAY, partition: int = 0) -> Any:
    return (event_id, day, amount, "t", partition, offset, [])


def judged(spark: SparkSession, *rows: Any) -> DataFrame:
    return spark.createDataFrame(list(rows), JUDGED)


def verdicts(spark: SparkSession, rows: list[Any], first_copies: list[Any] | None = None) -> dict[int, Row]:
    known = spark.createDataFrame(first_copies or [], FIRST_COPIES)
    found = with_verdicts(judged(spark, *rows), known, ["amount"]).collect()
    assert len(found) == len(rows)
    return {row.offset: row for row in found}


def test_the_lowest_offset_of_an_identity_wins_in_whatever_order_the_rows_come(spark: SparkSession) -> None:
    found = verdicts(spark, [event(9), event(3), event(5)])
    assert {offset: row.verdict for offset, row in found.items()} == {3: "clean", 5: "duplicate", 9: "duplicate"}
    assert (found[9].first_topic, found[9].first_partition, found[9].first_offset) == ("t", 0, 3)


def test_a_copy_of_an_accepted_event_is_a_duplicate_of_it(spark: SparkSession) -> None:
    found = verdicts(spark, [event(9)], [("e", DAY, 1, "t", 2, 4)])
    assert (found[9].verdict, found[9].first_partition, found[9].first_offset) == ("duplicate", 2, 4)


def test_a_copy_with_other_fields_is_a_conflict_and_is_quarantined(spark: SparkSession) -> None:
    found = verdicts(spark, [event(3), event(5, amount=2)], None)
    assert found[5].verdict == "quarantined"
    assert [(r.field, r.rule, r.found) for r in found[5].reasons] == [
        ("event_id", "conflict", "other fields than the copy at t-0, offset 3")
    ]
    assert verdicts(spark, [event(9, amount=2)], [("e", DAY, 1, "t", 0, 4)])[9].verdict == "quarantined"


def test_a_null_field_equals_a_null_field(spark: SparkSession) -> None:
    rows: list[Any] = [("e", DAY, None, "t", 0, offset, []) for offset in (1, 2)]
    assert verdicts(spark, rows)[2].verdict == "duplicate"
    assert verdicts(spark, [rows[0], event(2)])[2].verdict == "quarantined"


def test_the_same_event_id_on_another_day_is_another_event(spark: SparkSession) -> None:
    found = verdicts(spark, [event(1), event(2, day=date(2026, 5, 2))])
    assert {row.verdict for row in found.values()} == {"clean"}


def test_a_copy_with_other_fields_in_another_partition_is_accepted_and_told(spark: SparkSession) -> None:
    found = verdicts(spark, [event(9, amount=2)], [("e", DAY, 1, "t", 2, 4)])
    assert (found[9].verdict, tuple(found[9].conflicts_with)) == ("clean", ("t", 2, 4))
    together = verdicts(spark, [event(9, amount=2), event(4, partition=2)])
    assert {row.verdict for row in together.values()} == {"clean"}
    assert tuple(together[9].conflicts_with) == ("t", 2, 4) and together[4].conflicts_with is None


def test_the_verdict_on_copies_in_several_partitions_does_not_depend_on_arrival(spark: SparkSession) -> None:
    """A and B conflict, C repeats A and lies behind B: whichever micro-batch brings which, the counted stay counted."""
    a, b, c = event(1, amount=1, partition=0), event(2, amount=2, partition=1), event(3, amount=1, partition=1)
    assert {o: r.verdict for o, r in verdicts(spark, [a, b, c]).items()} == {1: "clean", 2: "clean", 3: "quarantined"}
    copies = [("e", DAY, 2, "t", 1, 2)]
    assert {o: r.verdict for o, r in verdicts(spark, [a, c], copies).items()} == {1: "clean", 3: "quarantined"}


def test_equal_movements_are_one_where_the_contract_says_so(spark: SparkSession) -> None:
    rows = as_verdict(judged(spark, event(4, "x", 1), event(2, "y", 1), event(3, "z", 2)), "clean")
    known = spark.createDataFrame([("before", DAY, 2, "t", 5, 1)], FIRST_COPIES)
    found = {row.event_id: (row.verdict, row.first_partition, row.first_offset) for row in
             one_of_each(rows, known, ["amount"]).collect()}  # fmt: skip
    assert found == {"y": ("clean", None, None), "x": ("duplicate", 0, 2), "z": ("duplicate", 5, 1)}


def test_what_was_judged_before_keeps_its_verdict_and_what_lies_before_the_position_is_gone(
    spark: SparkSession,
) -> None:
    raw = judged(spark, *[event(offset) for offset in range(5)])
    before = spark.createDataFrame(
        [("t", 0, 3, "quarantined")], "topic string, partition int, offset bigint, verdict string"
    )
    found = unjudged(raw, {("t", 0): 2}, before).collect()
    assert {row.offset: row.verdict for row in found} == {2: None, 3: "quarantined", 4: None}


def test_a_position_holds_for_its_own_topic_and_partition_only(spark: SparkSession) -> None:
    rows = judged(spark, event(1), event(1, partition=1), event(4))
    left = rows.where(not_before({("t", 0): 3, ("other", 1): 9})).collect()
    assert {(row.partition, row.offset) for row in left} == {(0, 4), (1, 1)}


def test_the_ledger_counts_verdicts_by_partition(spark: SparkSession) -> None:
    schema = "topic string, partition int, offset bigint, verdict string"
    rows = [("t", 0, 4, "clean"), ("t", 0, 7, "duplicate"), ("t", 1, 2, "quarantined")]
    found = {row.partition: row for row in ledger_rows(spark.createDataFrame(rows, schema)).collect()}
    assert (found[0].first_offset, found[0].last_offset, found[0].rows_in, found[0].clean) == (4, 7, 2, 1)
    assert (found[1].quarantined, found[1].duplicate) == (1, 0)
