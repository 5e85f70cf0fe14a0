"""When Bronze counts as late, and its streams as gone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ecom.lake.commit_note import Position
from ecom.lake.heartbeat import Heartbeat
from ecom.trust.watch import Problem, Sample, Watch, behind, held_back

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
ZERO, ONE = ("orders.events", 0), ("orders.events", 1)


def seen(second: float, ends: Position, received: Position, beat: float | None = None) -> Sample:
    """At a second after START, the heartbeat at second `beat`, by default just now."""
    now = START + timedelta(seconds=second)
    at = now if beat is None else START + timedelta(seconds=beat)
    return Sample(now, ends, received, Heartbeat(at, "host", 7, received))


def looks(*samples: Sample) -> list[Problem | None]:
    watch = Watch(60)
    return [watch.look(sample) for sample in samples]


def test_offsets_that_wait_longer_than_the_objective_are_a_lag() -> None:
    *early, late = looks(*(seen(s, {ZERO: 15}, {ZERO: 10}) for s in (0, 30, 60, 61)))
    assert early == [None, None, None]
    assert late and (late.kind, late.since) == ("lag", START)
    assert "offsets 10 to 14 of orders.events-0 wait since 2026-03-01 10:00:00 UTC" in late.sentence
    assert late.next_command in late.sentence


def test_a_stream_that_follows_is_not_late_however_long_the_topic_grows() -> None:
    grown = [seen(s, {ZERO: 100 + s}, {ZERO: 70 + s}) for s in range(0, 600, 10)]
    assert set(looks(*grown)) == {None}


def test_a_stream_that_falls_behind_is_late_since_the_first_offset_that_waits() -> None:
    *_, late = looks(*(seen(s, {ZERO: 100 + 10 * s}, {ZERO: 100 + s}) for s in range(0, 301, 10)))
    assert late and late.kind == "lag"
    # at second 300 Bronze is at 400, which Kafka's log first went past at second 40
    assert late.since == START + timedelta(seconds=40)


def test_one_partition_alone_that_is_not_read_is_a_lag() -> None:
    *_, late = looks(*(seen(s, {ZERO: 10 + s, ONE: 5}, {ZERO: 10 + s}) for s in (0, 70)))
    assert late and "offsets 0 to 4 of orders.events-1" in late.sentence


def test_a_transaction_that_stays_open_is_told_as_what_it_is() -> None:
    samples = [replace(seen(s, {ZERO: 15}, {ZERO: 10}), stable={ZERO: 10}) for s in (0, 61)]
    *_, late = looks(*samples)
    assert late and late.kind == "lag" and late.sentence.startswith("A transaction of orders.events is open: ")
    assert "find-hanging" in late.next_command
    assert (behind(samples[0]), held_back(samples[0])) == (5, 5)


def test_offsets_before_an_open_transaction_are_bronze_s_own_lag() -> None:
    *_, late = looks(*(replace(seen(s, {ZERO: 15}, {ZERO: 10}), stable={ZERO: 12}) for s in (0, 61)))
    assert late and late.sentence.startswith("Bronze lags: offsets 10 to 14")


def test_one_stream_that_does_not_run_is_told_though_the_others_do() -> None:
    beat = Heartbeat(START + timedelta(seconds=46), "host", 7, {}, {"orders.events": "it was recreated."})
    there = {("orders.events", 0): 0}
    first = seen(0, there, there)
    *_, problem = looks(first, replace(seen(46, there, there), heartbeat=beat))
    assert problem and (problem.kind, problem.where) == ("failed", "orders.events")
    assert problem.sentence == "The Bronze stream of orders.events does not run: it was recreated."


def test_a_part_of_the_engine_that_does_not_get_on_is_named() -> None:
    beat = Heartbeat(START + timedelta(seconds=46), "host", 7, {}, {"Gold": "its audit failed."})
    *_, problem = looks(seen(0, {}, {}), replace(seen(46, {}, {}), heartbeat=beat))
    assert problem and problem.sentence == "The engine does not get on with Gold: its audit failed."


def test_a_lag_is_over_when_the_offsets_are_in() -> None:
    samples = [seen(0, {ZERO: 15}, {ZERO: 10}), seen(70, {ZERO: 15}, {ZERO: 10}), seen(71, {ZERO: 15}, {ZERO: 15})]
    assert [problem is None for problem in looks(*samples)] == [True, False, True]


def test_a_heartbeat_that_is_old_or_missing_means_gone() -> None:
    fine, old = looks(seen(0, {}, {}, beat=0), seen(46, {}, {}, beat=0))
    assert fine is None
    assert old and (old.kind, old.since) == ("gone", START)
    assert "pid 7" in old.sentence and "46 s ago" in old.sentence
    *_, never = looks(*(Sample(START + timedelta(seconds=s), {}, {}, None) for s in (0, 46)))
    assert never and "ecom up --all" in never.sentence


def test_who_has_just_begun_to_look_gives_the_streams_time_to_start() -> None:
    assert looks(*(seen(s, {}, {}, beat=-500) for s in (0, 10, 45))) == [None, None, None]


def test_a_stream_that_is_gone_is_one_problem_not_two() -> None:
    *_, both = looks(*(seen(s, {ZERO: 15}, {ZERO: 10}, beat=0) for s in (0, 70)))
    assert both and both.kind == "gone"


def test_how_far_bronze_is_behind_counts_offsets() -> None:
    assert behind(seen(0, {ZERO: 15, ONE: 5}, {ZERO: 10, ONE: 9})) == 5
