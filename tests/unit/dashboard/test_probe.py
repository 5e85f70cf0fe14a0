"""What takes long is found out beside the page, one at a time, and rests in between."""

import threading

from dashboard.probe import SHARE, Probe
from ecom.base.errors import EcomError


def test_it_does_not_hold_up_who_asks() -> None:
    go_on = threading.Event()
    probe = Probe(lambda: go_on.wait(20), every=60)
    assert probe.latest() is None
    go_on.set()
    found = probe.latest(wait=20)
    assert found and found.value is True and found.error is None


def test_it_looks_once_until_it_has_rested() -> None:
    now, looks = [0.0], [0]

    def look() -> int:
        looks[0] += 1
        now[0] += 10  # it takes ten seconds
        return looks[0]

    probe = Probe(look, every=60, clock=lambda: now[0])
    assert probe.latest(wait=20)
    now[0] += SHARE * 10 - 1
    found = probe.latest(wait=20)
    assert found and (found.value, found.age) == (1, SHARE * 10 - 1)
    now[0] += 1
    probe.latest()
    for _ in range(200):
        found = probe.latest()
        if found and found.value == 2:
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not look again")


def test_what_is_overdue_is_not_told_where_it_is_to_be_renewed() -> None:
    now, looks, go_on = [0.0], [0], threading.Event()
    go_on.set()

    def look() -> int:
        go_on.wait(20)
        looks[0] += 1
        return looks[0]

    probe = Probe(look, every=60, clock=lambda: now[0])
    assert probe.latest(wait=20)
    now[0] += 300
    go_on.clear()
    old = probe.latest()
    assert old and (old.value, old.age) == (1, 300)
    assert probe.latest(renewed=True) is None
    go_on.set()
    found = probe.latest(wait=20, renewed=True)
    assert found and found.value == 2


def test_a_new_look_lets_the_one_who_is_told_the_old_finding_go_first() -> None:
    now, looks = [0.0], [0]

    def look() -> int:
        looks[0] += 1
        return looks[0]

    probe = Probe(look, every=60, pause=2, clock=lambda: now[0])
    assert probe.latest(wait=1), "the first is not put off"
    now[0] += 70
    old = probe.latest()
    assert old and old.value == 1 and looks == [1]
    for _ in range(200):
        if looks == [2]:
            return
        threading.Event().wait(0.05)
    raise AssertionError("it did not look again")


def test_an_error_is_what_was_found() -> None:
    def down() -> int:
        raise EcomError("Kafka does not answer.")

    found = Probe(down, every=60).latest(wait=20)
    assert found and found.value is None and str(found.error) == "Kafka does not answer."
    unexpected = Probe(lambda: 1 // 0, every=60).latest(wait=20)
    assert unexpected and "ZeroDivisionError" in str(unexpected.error)
