"""What waits in front of Bronze and of Silver."""

from dashboard.lag import waiting

A, B = ("t", 0), ("t", 1)


def test_what_the_next_layer_has_not_taken_waits() -> None:
    (one,) = waiting({A: 100}, {A: 70}, {A: 60})
    assert (one.topic, one.partition, one.for_bronze, one.for_silver) == ("t", 0, 30, 10)


def test_a_partition_that_bronze_has_never_read_waits_whole() -> None:
    assert [(w.partition, w.for_bronze, w.for_silver) for w in waiting({A: 100, B: 5}, {A: 100}, {A: 100})] == [
        (0, 0, 0), (1, 5, 0)
    ]  # fmt: skip


def test_bronze_ahead_of_a_topic_made_again_waits_for_nothing() -> None:
    assert waiting({A: 3}, {A: 100}, {A: 100})[0].for_bronze == 0


def test_without_kafka_its_side_is_not_known_and_silvers_is() -> None:
    (one,) = waiting(None, {B: 100}, {B: 60})
    assert one.kafka_end is None and one.for_bronze is None and one.for_silver == 40


def test_a_partition_that_only_the_lake_knows_is_told() -> None:
    (one,) = waiting({}, {A: 100}, {})
    assert one.for_bronze is None and one.for_silver == 100
