"""The order's life as programs read it: stable keys, and no float."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from ecom.explain.document import document
from ecom.explain.model import Event, Life, Payment, Place, Reason, Sales, Verdict

AT = datetime(2026, 1, 31, 10, 0, 30, tzinfo=UTC)
PLACE = Place("orders", 0, 7)
SALES = Sales(False, False, None, None, None, Decimal("2.50"), ("not_fully_paid",), "it is not fully paid")
EVENT = Event(
    "orders", PLACE, Verdict.QUARANTINED, "e", None, None, None, AT, AT, AT, "o", None, (Reason("$", "not_json", "{"),)
)
PAYMENT = Payment("e", None, "CAPTURED", Decimal("12.50"), "USD", None, AT, PLACE, "paid_amount", "CAPTURED")


def test_an_order_that_nothing_knows_has_every_key() -> None:
    found = document(Life("o", (), (), None, SALES))
    assert list(found) == ["order_id", "known", "events", "payments", "state", "gold", "notes"]
    assert (found["known"], found["state"], found["events"]) == (False, None, [])


def test_decimals_are_strings_and_times_iso_8601() -> None:
    found = document(Life("o", (EVENT,), (PAYMENT,), None, SALES, ("a note",)))
    assert found["payments"][0]["amount"] == "12.50"
    assert found["gold"]["missing_amount"] == "2.50" and found["gold"]["reasons"] == ["not_fully_paid"]
    assert found["events"][0]["event_ts"].startswith("2026-01-31T10:00:30")
    assert json.loads(json.dumps(found)) == found


def test_an_event_begins_with_its_place_and_says_its_verdict_and_reasons() -> None:
    (event,) = document(Life("o", (EVENT,), (), None, SALES))["events"]
    assert list(event)[:3] == ["topic", "partition", "offset"]
    assert (event["offset"], event["verdict"]) == (7, "quarantined")
    assert event["reasons"] == [{"field": "$", "rule": "not_json", "found": "{"}]
    assert "place" not in event


def test_a_payment_says_whether_it_counts() -> None:
    (payment,) = document(Life("o", (), (PAYMENT,), None, SALES))["payments"]
    assert (payment["counts"], payment["counts_as"], payment["offset"]) == (True, "paid_amount", 7)
