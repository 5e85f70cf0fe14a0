"""What an order's life is made of."""

from dataclasses import replace
from decimal import Decimal

from ecom.explain.model import Event, Life, Place, Sales, Verdict

SALES = Sales(False, False, None, None, None, None, ("nothing_accepted",), "no event of it was accepted")
NOBODY = Life("o", (), (), None, SALES)
EVENT = Event("orders", Place("t", 0, 1), Verdict.WAITING, None, None, Decimal(0), None, None, None, None, None)


def test_places_sort_by_topic_partition_and_offset_and_read_as_kafka_s_do() -> None:
    places = [Place("b", 0, 1), Place("a", 1, 0), Place("a", 0, 10), Place("a", 0, 9)]
    assert [str(place) for place in sorted(places)] == ["a-0 offset 9", "a-0 offset 10", "a-1 offset 0", "b-0 offset 1"]


def test_an_order_is_known_by_any_event_even_one_that_waits() -> None:
    assert not NOBODY.is_known
    assert replace(NOBODY, events=(EVENT,)).is_known
