"""The same messages in another shop's shape."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from generator.envelope import to_envelope
from generator.message import Fields, Message, Number, encode

AT = datetime(2026, 1, 31, 10, 0, 0, 123_456, tzinfo=UTC)
ITEM: Fields = {
    "product_id": "P1",
    "product_name": "Teapot",
    "category": "home",
    "quantity": 2,
    "unit_price": Number("6.25"),
}
ORDER: Fields = {
    "event_id": "e1",
    "order_id": "o1",
    "user_id": "u",
    "status": "PAID",
    "currency": "USD",
    "total_amount": Number("12.50"),
    "items": [ITEM],
    "event_ts": "2026-01-31T10:00:00.123456Z",
}


def sent(fields: Fields | None = None, kind: str = "plain") -> Any:
    message = Message("orders", "o1", encode(fields) if fields else b"{", AT, kind=kind, fields=fields)
    (found,) = to_envelope([message])
    return found


def test_names_units_and_times_are_the_other_shop_s() -> None:
    found = json.loads(sent(ORDER).value)
    assert found["meta"] == {"eventId": "e1"}
    assert found["payload"] == {
        "orderId": "o1",
        "userId": "u",
        "state": "PAID",
        "currencyCode": "USD",
        "totalMinor": 1250,
        "lines": [{"sku": "P1", "title": "Teapot", "group": "home", "qty": 2, "unitMinor": 625}],
        "occurredAt": 1769853600123,
    }


def test_the_message_s_time_is_cut_as_its_bytes_are() -> None:
    assert sent(ORDER).event_ts == AT.replace(microsecond=123_000)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        (Number("1990"), "JPY", 1990),
        (Number("1.990"), "KWD", 1990),
        ("12.50", "USD", 1250),
        (Number("12.505"), "USD", 1250.5),
        (Number("1e3"), "USD", 1000.0),
        (None, "USD", None),
        (["12.50"], "USD", ["12.50"]),
    ],
)
def test_an_amount_becomes_minor_units_or_stays_as_wrong_as_it_was(amount: Any, currency: str, minor: Any) -> None:
    found = json.loads(sent(ORDER | {"total_amount": amount, "currency": currency}).value)
    assert found["payload"]["totalMinor"] == minor


@pytest.mark.parametrize("stamp", ["yesterday", "2026-01-31T10:00:00", 7, None])
def test_a_time_that_is_none_stays_so(stamp: Any) -> None:
    assert json.loads(sent(ORDER | {"event_ts": stamp}).value)["payload"]["occurredAt"] == stamp


def test_what_cannot_be_read_stays_and_what_has_no_such_form_is_left_out() -> None:
    assert sent(None).value == b"{"
    assert list(to_envelope([Message("orders", "o", b"{}", AT, kind="bad_fraction_digits", fields=ORDER)])) == []
