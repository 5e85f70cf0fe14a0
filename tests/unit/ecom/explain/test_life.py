"""Rows in, an order's life out."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ecom.explain.life import life_of
from ecom.explain.model import Life, Place, Verdict
from ecom.explain.rows import Gold, Row, Rows, SalesMinute

T0 = datetime(2026, 1, 31, 10, 0, 30, tzinfo=UTC)
MINUTE = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)


def judged(offset: int, subject: str = "orders", **given: Any) -> Row:
    """An accepted event; `verdict="quarantined"` makes it a rejected record."""
    row: dict[str, Any] = {
        "verdict": "accepted", "subject": subject, "topic": subject, "partition": 0, "offset": offset,
        "order_id": "o", "event_id": f"e{offset}", "status": "CREATED" if subject == "orders" else "CAPTURED",
        "currency": "USD", "amount": Decimal("10.0000"), "payment_id": "p", "method": "card",
        "event_ts": T0 + timedelta(seconds=offset), "event_date": date(2026, 1, 31), "ingest_ts": T0,
        "kafka_timestamp": None, "raw_key": None, "message": None, "reasons": None,
    }  # fmt: skip
    if given.get("verdict") == "quarantined":
        row |= dict.fromkeys(("event_id", "status", "currency", "amount", "event_ts", "event_date", "ingest_ts"))
        row |= {"raw_key": "o", "kafka_timestamp": T0, "message": "{", "reasons": [("$", "not_json", "{")]}
    return row | given


def raw(offset: int, subject: str = "orders", **given: Any) -> Row:
    return {
        "subject": subject, "topic": subject, "partition": 0, "offset": offset, "raw_key": "o", "order_id": "o",
        "kafka_timestamp": T0 + timedelta(seconds=offset, milliseconds=5), "ingest_ts": T0 + timedelta(hours=1),
        "message": "{}",
    } | given  # fmt: skip


def copy(offset: int, first: int, subject: str = "orders") -> Row:
    place = {"topic": subject, "partition": 0, "offset": offset}
    return place | {
        "subject": subject, "event_id": f"e{first}",
        "first_topic": subject, "first_partition": 0, "first_offset": first,
    }  # fmt: skip


def state(**given: Any) -> Row:
    return {
        "order_id": "o", "user_id": "u", "status": "PAID", "currency": "USD", "total_amount": Decimal("10.0000"),
        "paid_amount": Decimal("10.0000"), "refunded_amount": Decimal("0.0000"), "other_currency_payments": 0,
        "order_ts": T0, "order_minute": MINUTE, "last_payment_ts": T0, "event_ts": T0, "event_count": 1,
        "updated_ts": T0,
    } | given  # fmt: skip


FIGURES = SalesMinute(MINUTE, "USD", Decimal("30"), Decimal(0), Decimal("30"), 3)


def gold(seen: Row | None, minute: SalesMinute | None = FIGURES, version: int = 5, known: bool = True) -> Gold:
    return Gold(version, 7, seen, known, minute)


def life(*events: Row, now: Row | None = None, **given: Any) -> Life:
    bronze = [raw(e["offset"], e["subject"]) for e in events]
    rows = {"judged": list(events), "duplicates": [], "bronze": bronze, "waiting": [], "state": now, "gold": None}
    return life_of("o", Rows(**(rows | given)))


def test_events_come_in_the_order_in_which_they_happened() -> None:
    late = judged(9, event_ts=T0 - timedelta(days=3))
    broken = judged(4, verdict="quarantined", kafka_timestamp=T0 + timedelta(seconds=1, milliseconds=500))
    found = life(judged(1), judged(2), late, broken).events
    assert [e.place.offset for e in found] == [9, 1, 2, 4]  # Bronze says when Kafka got 4: after 2


def test_an_accepted_event_has_its_place_and_its_three_times() -> None:
    (event,) = life(judged(3)).events
    assert event.place == Place("orders", 0, 3)
    assert (event.event_ts, event.kafka_timestamp) == (T0 + timedelta(seconds=3), T0 + timedelta(seconds=3.005))
    assert event.ingest_ts == T0 + timedelta(hours=1)
    assert event.verdict is Verdict.ACCEPTED and event.note is None


def test_a_duplicate_names_its_first_copy_and_says_what_that_says() -> None:
    found = life(judged(1), duplicates=[copy(8, 1)], bronze=[raw(1), raw(8)]).events
    assert [(e.verdict.value, e.place.offset) for e in found] == [("accepted", 1), ("duplicate", 8)]
    repeat = found[1]
    assert repeat.first_copy == Place("orders", 0, 1)
    assert (repeat.event_ts, repeat.amount, repeat.event_id) == (T0 + timedelta(seconds=1), Decimal(10), "e1")
    assert repeat.kafka_timestamp == T0 + timedelta(seconds=8.005)


def test_a_quarantined_record_keeps_every_reason_and_its_message() -> None:
    reasons = [("status", "not_allowed", "LOST"), ("currency", "missing", None)]
    (event,) = life(judged(2, verdict="quarantined", reasons=reasons, message='{"x":1}')).events
    assert [(r.field, r.rule, r.found) for r in event.reasons] == reasons
    assert event.message == '{"x":1}' and event.event_ts is None


def test_a_record_in_bronze_without_a_verdict_waits() -> None:
    found = life(judged(1), now=state(), waiting=[raw(7)])
    assert [e.verdict.value for e in found.events] == ["accepted", "waiting"]
    assert found.notes == ("1 record in Bronze is not judged yet; type `ecom run silver`.",)


def test_a_key_that_is_another_or_none_is_told() -> None:
    events = [judged(1), judged(2), judged(3)]
    notes = [e.note for e in life(*events, bronze=[raw(1, raw_key="x"), raw(2, raw_key=None)]).events]
    assert notes == ["Its Kafka key is another: 'x'.", "It has no Kafka key.", None]  # of 3, Bronze told nothing


def test_a_message_about_another_order_under_this_key_does_not_count_here() -> None:
    found = life(judged(1), judged(2, order_id="other"), judged(3, "payments", order_id="other"), now=state())
    assert [e.note for e in found.events] == [
        None, *["Only its Kafka key is this id: the message is about order 'other'."] * 2
    ]  # fmt: skip
    assert found.payments == () and found.notes == ()


def test_captured_and_refunded_payments_count_and_no_others() -> None:
    statuses = ["AUTHORIZED", "CAPTURED", "FAILED", "REFUNDED"]
    events = [judged(n, "payments", status=status) for n, status in enumerate(statuses)]
    found = life(*events, now=state(event_count=4)).payments
    assert [p.counts_as for p in found] == [None, "paid_amount", None, "refunded_amount"]
    assert [p.why for p in found][::2] == ["AUTHORIZED moves no money", "FAILED moves no money"]


def test_a_payment_in_another_currency_counts_nowhere() -> None:
    found = life(judged(1, "payments", currency="JPY"), now=state())
    assert found.payments[0].counts_as is None
    assert found.payments[0].why == "in another currency: JPY, the order is in USD"
    assert found.notes == ("A payment in another currency counts nowhere; `ecom account` lists all such payments.",)


def test_an_event_id_that_came_again_with_another_date_counts_once() -> None:
    first = judged(8, "payments", event_id="same")
    again = judged(2, "payments", event_id="same", event_ts=T0 + timedelta(days=1), event_date=date(2026, 2, 1))
    found = life(again, first, now=state(event_count=2)).payments
    assert [(p.place.offset, p.counts_as) for p in found] == [(8, "paid_amount"), (2, None)]
    assert "at payments-0 offset 8" in found[1].why


def test_a_copy_just_before_midnight_comes_first_although_trino_rounds_both_to_midnight() -> None:
    midnight = datetime(2026, 2, 1, tzinfo=UTC)
    after = judged(2, "payments", event_id="same", event_ts=midnight, event_date=date(2026, 2, 1))
    before = judged(8, "payments", event_id="same", event_ts=midnight, event_date=date(2026, 1, 31))
    assert [p.place.offset for p in life(after, before, now=state(event_count=2)).payments] == [8, 2]


def test_payments_of_an_order_that_is_not_known_count_nowhere() -> None:
    unknown = dict.fromkeys(("user_id", "status", "currency", "total_amount", "order_ts", "order_minute"))
    found = life(judged(1, "payments"), now=state(**unknown, paid_amount=Decimal(0)), gold=gold(None, None))
    assert found.payments[0].counts_as is None and "not known yet" in found.payments[0].why
    assert found.sales.reasons == ("order_unknown",) and found.sales.counts is False
    assert found.state is not None and found.state.fully_paid is None


def test_a_paid_order_counts_in_its_minute() -> None:
    sales = life(judged(1), now=state(), gold=gold(state())).sales
    assert (sales.counts, sales.minute_bucket, sales.currency, sales.minute) == (True, MINUTE, "USD", FIGURES)
    assert sales.reasons == () and sales.missing_amount is None


def test_an_order_of_total_0_is_paid() -> None:
    free = state(total_amount=Decimal(0), paid_amount=Decimal(0))
    assert life(judged(1), now=free, gold=gold(free)).sales.counts is True


def test_what_is_missing_is_told_to_the_last_minor_unit() -> None:
    partly = state(paid_amount=Decimal("9.9900"))
    sales = life(judged(1), now=partly, gold=gold(partly, None)).sales
    assert (sales.counts, sales.reasons, sales.missing_amount) == (False, ("not_fully_paid",), Decimal("0.0100"))
    assert sales.why == "it is not fully paid: 9.99 USD of 10.00 USD, 0.01 USD are missing"


def test_a_cancelled_order_counts_nowhere_also_when_it_is_not_paid() -> None:
    both = state(status="CANCELLED", paid_amount=Decimal(0))
    assert life(judged(1), now=both, gold=gold(both, None)).sales.reasons == ("cancelled", "not_fully_paid")


def test_gold_that_was_never_built_is_told() -> None:
    sales = life(judged(1), now=state()).sales
    assert (sales.counts, sales.should_count, sales.reasons) == (False, True, ("gold_not_built",))
    assert sales.minute_bucket == MINUTE and "`ecom run gold`" in sales.why


def test_gold_behind_does_not_count_what_it_has_not_seen() -> None:
    sales = life(judged(1), now=state(), gold=gold(state(paid_amount=Decimal(0)), None)).sales
    assert (sales.counts, sales.should_count, sales.reasons) == (False, True, ("gold_behind",))
    assert "after version 5 of order_state" in sales.why and "does not count it yet" in sales.why


def test_gold_behind_still_counts_what_was_cancelled_since() -> None:
    sales = life(judged(1), now=state(status="CANCELLED"), gold=gold(state())).sales
    assert (sales.counts, sales.should_count, sales.reasons) == (True, False, ("cancelled", "gold_behind"))
    assert "the next build takes it out: it is cancelled" in sales.why


def test_gold_behind_says_where_the_order_moves() -> None:
    moved = state(order_minute=MINUTE - timedelta(minutes=3))
    sales = life(judged(1), now=moved, gold=gold(state())).sales
    assert (sales.counts, sales.minute_bucket) == (True, MINUTE)
    assert "moves it to 2026-01-31 09:57 UTC" in sales.why


def test_a_change_that_gold_does_not_read_leaves_it_up_to_date() -> None:
    sales = life(judged(1), now=state(status="SHIPPED", event_count=2), gold=gold(state())).sales
    assert sales.counts is True and sales.reasons == ()


def test_a_version_that_cannot_be_read_leaves_it_open() -> None:
    sales = life(judged(1), now=state(), gold=gold(None, None, known=False)).sales
    assert sales.counts is None and sales.reasons == ("gold_behind",)


def test_a_row_that_gold_should_have_and_has_not_is_a_finding() -> None:
    sales = life(judged(1), now=state(), gold=gold(state(), None)).sales
    assert (sales.counts, sales.reasons) == (False, ("gold_differs",))
    assert "`ecom verify`" in sales.why


def test_events_that_the_order_state_has_not_are_told() -> None:
    found = life(judged(1), judged(2), judged(3), now=state(event_count=1))
    assert found.notes == ("2 accepted events are not in the order state yet; type `ecom run silver`.",)
    only = life(judged(1))
    assert only.sales.reasons == ("not_in_order_state",) and only.sales.counts is False


def test_events_that_the_clean_tables_lost_are_told() -> None:
    assert "by others; type `ecom verify`" in life(judged(1), now=state(event_count=2)).notes[0]


def test_where_more_is_there_than_is_looked_at_nothing_is_concluded_from_the_count() -> None:
    found = life(judged(1), now=state(event_count=9), cut=True)
    assert len(found.notes) == 1 and "more records than are shown" in found.notes[0]


def test_an_order_that_only_quarantine_knows_is_known_and_counts_nowhere() -> None:
    found = life(judged(1, verdict="quarantined"))
    assert found.is_known and found.sales.reasons == ("nothing_accepted",)


def test_an_order_that_waits_for_silver_is_not_said_to_be_refused() -> None:
    assert life(waiting=[raw(3)]).sales.reasons == ("not_judged",)


def test_an_id_that_nothing_knows_is_not_known() -> None:
    assert not life().is_known
