"""The second wave changes orders of the first in the ways that its kinds name."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from generator.message import Message, value_at
from generator.mix import Mix
from generator.second_wave import second_wave
from generator.stream import generate

FIRST = list(generate(300, 7, datetime(2026, 1, 31, tzinfo=UTC), timedelta(hours=1), Mix()))
WAVE = list(second_wave(FIRST, 11, 0.2))


def of(kind: str) -> list[Message]:
    return [message for message in WAVE if message.kind == kind]


def events(order_id: str) -> list[Message]:
    found = [m for m in FIRST if m.key == order_id and m.subject == "orders" and m.fields and "bad_" not in m.kind]
    return sorted(found, key=lambda message: message.event_ts)


def test_it_has_every_kind_and_the_same_seed_gives_the_same() -> None:
    assert {message.kind for message in WAVE} == {"late_payment", "emptied_minute", "earlier_event", "duplicate"}
    assert list(second_wave(FIRST, 11, 0.2)) == WAVE


def test_a_late_payment_pays_an_order_whole_that_had_none() -> None:
    captured = {m.key for m in FIRST if m.subject == "payments" and m.fields and m.fields["status"] == "CAPTURED"}
    for message in of("late_payment"):
        assert message.key not in captured and message.fields is not None
        total = str(value_at(events(message.key)[0].fields or {}, ("total_amount",)))
        assert message.fields["amount_cents"] == int(total.replace(".", "")), (total, message.fields)


def test_an_emptied_minute_cancels_all_its_orders_after_their_last_event() -> None:
    minutes = defaultdict(set)
    for message in FIRST:
        if message.subject == "orders" and (own := events(message.key)):
            first = own[0]
            place = first.event_ts.replace(second=0, microsecond=0), str((first.fields or {})["currency"])
            minutes[place].add(message.key)
    cancelled = {message.key for message in of("emptied_minute")}
    assert all(keys <= cancelled or not keys & cancelled for keys in minutes.values())
    for message in of("emptied_minute"):
        assert message.event_ts > events(message.key)[-1].event_ts
        assert (message.fields or {})["status"] == "CANCELLED"


def test_an_earlier_event_comes_hours_before_the_first() -> None:
    for message in of("earlier_event"):
        early = events(message.key)[0].event_ts - message.event_ts
        assert timedelta(hours=1) <= early < timedelta(hours=10)


def test_a_duplicate_repeats_its_message_byte_for_byte() -> None:
    sent = {(message.subject, message.key, message.value) for message in FIRST}
    assert all((message.subject, message.key, message.value) in sent for message in of("duplicate"))


def test_other_events_have_ids_of_their_own() -> None:
    new = [message.event_id for message in WAVE if message.kind != "duplicate"]
    assert len(set(new)) == len(new) and not set(new) & {message.event_id for message in FIRST}
