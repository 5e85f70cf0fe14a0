"""When a stream counts as stuck."""

from ecom.lake.commit_note import Position
from ecom.lake.kafka import TopicState
from spark_jobs.pulse import Pulse


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def topic(high: int, low: int = 0, stable: int | None = None) -> TopicState:
    return TopicState("orders.events", "id", {0: low}, {0: high}, {0: high if stable is None else stable})


def at(next_offset: int) -> Position:
    return {("orders.events", 0): next_offset}


def test_a_stream_that_does_not_move_while_offsets_wait_is_stuck() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    pulse.move(at(10))
    stuck = []
    for second in (0, 50, 100):
        clock.now = second
        stuck.append(pulse.stuck_for(topic(high=11)))
    assert stuck == [0, 50, 100]
    pulse.move(at(11))
    assert pulse.stuck_for(topic(high=12)) == 0


def test_a_sign_of_life_without_progress_does_not_help_a_stuck_stream() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    pulse.stuck_for(topic(high=1))
    clock.now = 30
    pulse.beat()
    assert (pulse.stuck_for(topic(high=1)), pulse.silent_for()) == (30, 0)


def test_an_idle_topic_is_not_stuck_and_its_first_event_after_hours_has_time() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    pulse.move(at(10))
    clock.now = 36_000
    assert pulse.stuck_for(topic(high=10)) == 0
    assert pulse.stuck_for(topic(high=11)) == 0
    clock.now = 36_007
    assert pulse.stuck_for(topic(high=11)) == 7


def test_what_aged_out_before_a_partition_was_read_is_not_waited_for() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    pulse.stuck_for(topic(high=100, low=100))
    clock.now = 500
    assert pulse.stuck_for(topic(high=100, low=100)) == 0


def test_a_broker_that_does_not_answer_says_nothing_of_the_stream() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    pulse.stuck_for(topic(high=1))
    clock.now = 500
    assert pulse.stuck_for(None) == 0
    assert pulse.stuck_for(topic(high=1)) == 0


def test_what_an_open_transaction_holds_back_is_not_waited_for() -> None:
    clock = Clock()
    pulse = Pulse(clock)
    pulse.move(at(10))
    pulse.stuck_for(topic(high=15, stable=10))
    clock.now = 500
    assert pulse.stuck_for(topic(high=15, stable=10)) == 0
