"""What waits in front of Bronze and of Silver."""

from dashboard.lag import Offsets


def test_what_bronze_has_not_read_waits() -> None:
    assert Offsets("t", 0, bronze_end=70, first=0, kafka_end=100).behind_kafka == 30


def test_what_aged_out_is_not_waited_for() -> None:
    assert Offsets("t", 0, bronze_end=0, first=90, kafka_end=100).behind_kafka == 10


def test_bronze_ahead_of_a_topic_made_again_waits_for_nothing() -> None:
    assert Offsets("t", 0, bronze_end=100, first=0, kafka_end=3).behind_kafka == 0


def test_without_kafka_its_side_is_not_known_and_silvers_is() -> None:
    one = Offsets("t", 1, bronze_end=100)
    assert one.behind_kafka is None
    assert one.behind_bronze({("t", 1): 60}) == 40
    assert one.behind_bronze({("t", 0): 60}) == 100
