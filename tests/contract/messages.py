"""Awkward messages, each with its verdict. Raw text on purpose: what a JSON library would write is never awkward."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

ORDER = {
    "event_id": '"e-1"',
    "order_id": '"o-1"',
    "user_id": '"u-1"',
    "status": '"PAID"',
    "currency": '"USD"',
    "total_amount": "19.99",
    "items": "[]",
    "event_ts": '"2026-01-31T10:00:00Z"',
}
ITEM = {
    "product_id": '"p-1"',
    "product_name": '"Lamp"',
    "category": '"home"',
    "quantity": "2",
    "unit_price": "9.99",
}
PAYMENT = {
    "event_id": '"e-2"',
    "payment_id": '"pay-1"',
    "order_id": '"o-1"',
    "amount_cents": "1999",
    "currency": '"USD"',
    "status": '"CAPTURED"',
    "method": '"card"',
    "event_ts": "1769853600000",
}
BROKER = datetime(2026, 1, 31, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """`reasons` are (field, rule); empty means accepted, with `values`."""

    subject: str
    text: str | None
    reasons: frozenset[tuple[str, str]] = frozenset()
    values: dict[str, Any] = field(default_factory=dict)
    raw_bytes: bytes | None = None

    def __str__(self) -> str:
        return f"{self.subject}: {(self.text or repr(self.raw_bytes))[:90]!r}"


def write(members: dict[str, str | None]) -> str:
    """An object of members that are JSON text already; None leaves one out."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items() if text is not None) + "}"


def order(text: dict[str, str | None], *reasons: tuple[str, str], **values: Any) -> Case:
    return Case("orders", write({**ORDER, **text}), frozenset(reasons), values)


def item(text: dict[str, str | None], *reasons: tuple[str, str], **values: Any) -> Case:
    expected = {name: [value] for name, value in values.items()}
    return order({"items": f"[{write({**ITEM, **text})}]"}, *reasons, **{"items": expected} if expected else {})


def payment(text: dict[str, str | None], *reasons: tuple[str, str], **values: Any) -> Case:
    return Case("payments", write({**PAYMENT, **text}), frozenset(reasons), values)


def whole(text: str | None, rule: str, raw_bytes: bytes | None = None) -> Case:
    return Case("orders", text, frozenset({("$", rule)}), {}, raw_bytes)


GOOD = write(dict(ORDER))
INSIDE = GOOD[1:-1]

WHOLE = [
    Case("orders", GOOD, values={"order_id": "o-1", "total_amount": Decimal("19.99"), "items": []}),
    Case("orders", f" \t\r\n{GOOD}\n ", values={"order_id": "o-1"}),
    Case("orders", f'{{{INSIDE},"extra":{{"deep":[1,2e5,null]}}}}', values={"order_id": "o-1"}),
    Case("orders", f'{{{INSIDE},"extra":"{"x" * 1_000_000}"}}', values={"order_id": "o-1"}),
    Case("orders", f'{{{INSIDE},"extra":{"[" * 900}{"]" * 900}}}', values={"order_id": "o-1"}),
    whole(None, "null_value"),
    whole(None, "invalid_utf8", b'{"order_id":"\xff"}'),
    whole(None, "invalid_utf8", b"\xed\xa0\x80"),
    whole("", "not_json"),
    whole("   ", "not_json"),
    whole("not json", "not_json"),
    whole("\ufeff" + GOOD, "not_json"),
    whole(GOOD + " junk", "not_json"),
    whole(GOOD + "}", "not_json"),
    whole(GOOD + GOOD, "not_json"),
    whole(GOOD + "," + GOOD, "not_json"),
    whole(GOOD + ',"x":1', "not_json"),
    whole(GOOD + '],["x"', "not_json"),
    whole(GOOD + '},{"v":' + GOOD, "not_json"),
    whole(GOOD + ',"v":1', "not_json"),
    whole(GOOD + "//", "not_json"),
    whole("/* c */" + GOOD, "not_json"),
    whole(GOOD + "\x00", "not_json"),
    whole(GOOD.replace('"', "'"), "not_json"),
    whole("{order_id:1}", "not_json"),
    whole(GOOD[:-1], "not_json"),
    whole(GOOD[:-1] + ",}", "not_json"),
    whole(f'{{{INSIDE},"order_id":"o-2"}}', "not_json"),
    whole(f'{{{INSIDE},"x":{{"a":1,"a":1}}}}', "not_json"),
    whole(f'{{{INSIDE},"x":[{{"a":1,"\\u0061":1}}]}}', "not_json"),
    whole(f'{{{INSIDE},"x":NaN}}', "not_json"),
    whole(f'{{{INSIDE},"x":Infinity}}', "not_json"),
    whole(f'{{{INSIDE},"x":01}}', "not_json"),
    whole(f'{{{INSIDE},"x":+1}}', "not_json"),
    whole(f'{{{INSIDE},"x":1.}}', "not_json"),
    whole(f'{{{INSIDE},"x":.5}}', "not_json"),
    whole(f'{{{INSIDE},"x":TRUE}}', "not_json"),
    whole(f'{{{INSIDE},"x":"\t"}}', "not_json"),
    whole(f'{{{INSIDE},"x":"\x00"}}', "not_json"),
    Case("orders", f'{{{INSIDE},"x":"\\ud800"}}', values={"order_id": "o-1"}),
    whole(f'{{{INSIDE},"x":"\\q"}}', "not_json"),
    whole("[" * 5_000, "not_json"),
    whole("[" * 5_000 + "]" * 5_000, "not_json"),
    whole('{"a":' * 3_000 + "1" + "}" * 3_000, "not_json"),
    whole("[]", "wrong_type"),
    whole(f"[{GOOD}]", "wrong_type"),
    whole("null", "wrong_type"),
    whole('"text"', "wrong_type"),
    whole(" 42 ", "wrong_type"),
    whole("true", "wrong_type"),
]
STRINGS = [
    order({"order_id": None}, ("order_id", "missing")),
    order({"order_id": "null"}, ("order_id", "missing")),
    order({"order_id": '""'}, ("order_id", "missing")),
    order({"order_id": "7"}, ("order_id", "wrong_type")),
    order({"order_id": "true"}, ("order_id", "wrong_type")),
    order({"order_id": '["o-1"]'}, ("order_id", "wrong_type")),
    order({"order_id": '{"id":"o-1"}'}, ("order_id", "wrong_type")),
    order({"order_id": '"a\\u0000b"'}, order_id="a\x00b"),
    order({"order_id": '"\\ud83d\\ude00"'}, order_id="😀"),
    order({"order_id": '"ünï"'}, order_id="ünï"),
    order({"order_id": '"\\ud800"'}, ("order_id", "invalid_utf8")),
    order({"currency": '"\\ud800XX"'}, ("currency", "invalid_utf8")),
    item({"category": '"\\udfff"', "unit_price": "-0"}, ("items[].category", "invalid_utf8")),
    payment({"event_id": '"\\ud800"', "payment_id": "null"}, ("event_id", "invalid_utf8")),
    order({"user_id": "false", "status": None}, ("user_id", "wrong_type"), ("status", "missing")),
    order({"status": '"LOST"'}, ("status", "not_allowed")),
    order({"status": '"paid"'}, ("status", "not_allowed")),
    order({"status": '""'}, ("status", "not_allowed")),
    order({"status": "1"}, ("status", "wrong_type")),
    order({"event_id": "5"}, ("event_id", "wrong_type")),
    order({"currency": '"usd"'}, ("currency", "unknown_currency")),
    order({"currency": '"XAU"'}, ("currency", "unknown_currency")),
    order({"currency": '"US"'}, ("currency", "unknown_currency")),
    order({"currency": '"USD "'}, ("currency", "unknown_currency")),
    order({"currency": "840"}, ("currency", "wrong_type")),
    order({"currency": '""'}, ("currency", "missing")),
]
BAD_AMOUNT = ("total_amount", "wrong_type")
BEYOND = ("total_amount", "out_of_range")
TOO_FINE = ("total_amount", "too_many_fraction_digits")
AMOUNTS = [
    order({"total_amount": '"19.99"'}, total_amount=Decimal("19.99")),
    order({"total_amount": "19.990"}, total_amount=Decimal("19.99")),
    order({"total_amount": '"19.9900000000000000000000000000000"'}, total_amount=Decimal("19.99")),
    order({"total_amount": "0"}, total_amount=Decimal(0)),
    order({"total_amount": "-0"}, total_amount=Decimal(0)),
    order({"total_amount": '"-0.00"'}, total_amount=Decimal(0)),
    order({"total_amount": "1000000000000"}, total_amount=Decimal(10**12)),
    order({"total_amount": "999999999999.99"}, total_amount=Decimal("999999999999.99")),
    order({"total_amount": "9007199254740.93"}, BEYOND),
    order({"total_amount": "900719925474.99"}, total_amount=Decimal("900719925474.99")),
    order({"total_amount": "1000000000000.01"}, BEYOND),
    order({"total_amount": "12345678901234567890"}, BEYOND),
    order({"total_amount": f'"{"9" * 40}"'}, BEYOND),
    order({"total_amount": f'"{"9" * 100_000}"'}, BEYOND),
    order({"total_amount": "9" * 40}, BEYOND),
    order({"total_amount": "90071992547409.9301"}, BEYOND, TOO_FINE),
    order({"total_amount": "-0.01"}, BEYOND),
    order({"total_amount": '"-5"'}, BEYOND),
    order({"total_amount": "-1.999"}, BEYOND, TOO_FINE),
    order({"total_amount": "19.999"}, TOO_FINE),
    order({"total_amount": f'"0.{"0" * 50}1"'}, TOO_FINE),
    order({"total_amount": "1e2"}, BAD_AMOUNT),
    order({"total_amount": "1E+2"}, BAD_AMOUNT),
    order({"total_amount": '"1e2"'}, BAD_AMOUNT),
    order({"total_amount": '"NaN"'}, BAD_AMOUNT),
    order({"total_amount": '"0x10"'}, BAD_AMOUNT),
    order({"total_amount": '"1,000"'}, BAD_AMOUNT),
    order({"total_amount": '" 5"'}, BAD_AMOUNT),
    order({"total_amount": '"5\\n"'}, BAD_AMOUNT),
    order({"total_amount": '"\\u0665"'}, BAD_AMOUNT),
    order({"total_amount": '"+5"'}, BAD_AMOUNT),
    order({"total_amount": '"05"'}, BAD_AMOUNT),
    order({"total_amount": '"5."'}, BAD_AMOUNT),
    order({"total_amount": '""'}, BAD_AMOUNT),
    order({"total_amount": "true"}, BAD_AMOUNT),
    order({"total_amount": "[1]"}, BAD_AMOUNT),
    order({"total_amount": "null"}, ("total_amount", "missing")),
    order({"currency": '"JPY"', "total_amount": "1200"}, total_amount=Decimal(1200)),
    order({"currency": '"JPY"', "total_amount": "1200.0"}, total_amount=Decimal(1200)),
    order({"currency": '"JPY"', "total_amount": "1200.5"}, TOO_FINE),
    order({"currency": '"KWD"', "total_amount": "1.999"}, total_amount=Decimal("1.999")),
    order({"currency": '"KWD"', "total_amount": "1.9999"}, TOO_FINE),
    order({"currency": '"usd"', "total_amount": "1.9999"}, ("currency", "unknown_currency")),
    order({"currency": '"usd"', "total_amount": "-1"}, ("currency", "unknown_currency"), BEYOND),
]
MINOR = [
    payment({}, amount=Decimal("19.99")),
    payment({"amount_cents": '"1999"'}, amount=Decimal("19.99")),
    payment({"currency": '"JPY"'}, amount=Decimal(1999)),
    payment({"currency": '"KWD"'}, amount=Decimal("1.999")),
    payment({"amount_cents": "0"}, amount=Decimal(0)),
    payment({"amount_cents": "100000000000000"}, amount=Decimal(10**12)),
    payment({"amount_cents": "100000000000001"}, ("amount", "out_of_range")),
    payment({"amount_cents": "9" * 30}, ("amount", "out_of_range")),
    payment({"amount_cents": "9" * 40}, ("amount", "out_of_range")),
    payment({"amount_cents": "-1"}, ("amount", "out_of_range")),
    payment({"amount_cents": "19.99"}, ("amount", "wrong_type")),
    payment({"amount_cents": "5.0"}, ("amount", "wrong_type")),
    payment({"amount_cents": '"5.0"'}, ("amount", "wrong_type")),
    payment({"amount_cents": "true"}, ("amount", "wrong_type")),
    payment({"currency": "null", "amount_cents": "-1"}, ("currency", "missing"), ("amount", "out_of_range")),
    payment({"currency": '"usd"'}, ("currency", "unknown_currency")),
    payment({"method": None}, method=None),
    payment({"method": "null"}, method=None),
    payment({"method": "1"}, ("method", "wrong_type")),
    payment({"payment_id": "null"}, payment_id="synthetic:e-2"),
    payment({"payment_id": "9"}, ("payment_id", "wrong_type")),
    payment({"status": '"PAID"'}, ("status", "not_allowed")),
]
NO_TIME = ("event_ts", "wrong_type")


def instant(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # UTC, as a session in UTC shows it


TIMES = [
    order({"event_ts": '"2026-01-31T10:00:59.9996Z"'}, event_ts=instant(2026, 1, 31, 10, 0, 59, 999600)),
    order({"event_ts": '"2026-01-31T10:00:59.9999999Z"'}, event_ts=instant(2026, 1, 31, 10, 0, 59, 999999)),
    order({"event_ts": f'"2026-01-31T10:00:59.{"9" * 60}Z"'}, event_ts=instant(2026, 1, 31, 10, 0, 59, 999999)),
    order(
        {"event_ts": '"2026-01-31T00:30:00+01:00"'},
        event_ts=instant(2026, 1, 30, 23, 30),
        event_date=date(2026, 1, 30),
    ),
    order({"event_ts": '"2026-01-30T23:30:00-05:30"'}, event_ts=instant(2026, 1, 31, 5), event_date=date(2026, 1, 31)),
    order({"event_ts": '"2026-01-31T10:00Z"'}, event_ts=instant(2026, 1, 31, 10)),
    order({"event_ts": "1769853600123"}, event_ts=instant(2026, 1, 31, 10, 0, 0, 123000)),
    order({"event_ts": "946684800000"}, event_ts=instant(2000, 1, 1)),
    order({"event_ts": "946684799999"}, ("event_ts", "out_of_range")),
    order({"event_ts": '"1999-12-31T23:59:59Z"'}, ("event_ts", "out_of_range")),
    order({"event_ts": '"0000-01-01T00:00:00Z"'}, ("event_ts", "out_of_range")),
    order({"event_ts": "0"}, ("event_ts", "out_of_range")),
    order({"event_ts": "-9999999999999999999999"}, ("event_ts", "out_of_range")),
    order({"event_ts": '"2026-02-01T12:00:00Z"'}, event_ts=instant(2026, 2, 1, 12)),
    order({"event_ts": '"2026-02-01T12:00:00.000001Z"'}, ("event_ts", "in_the_future")),
    order({"event_ts": '"9999-12-31T23:59:59Z"'}, ("event_ts", "in_the_future")),
    order({"event_ts": "9" * 20}, ("event_ts", "in_the_future")),
    order({"event_ts": "9" * 38}, ("event_ts", "in_the_future")),
    order({"event_ts": "9" * 40}, ("event_ts", "in_the_future")),
    order({"event_ts": "1769853600123.0"}, NO_TIME),
    order({"event_ts": "1.7e12"}, NO_TIME),
    order({"event_ts": '"1769853600123"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:00:00"'}, NO_TIME),
    order({"event_ts": '"2026-01-31"'}, NO_TIME),
    order({"event_ts": '"2026-01-31 10:00:00Z"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:00:00z"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:00:00Z\\n"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:00:00 UTC"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:00:00+0100"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:00:00+19:00"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:00:00+01:60"'}, NO_TIME),
    order({"event_ts": '"2026-1-31T10:00:00Z"'}, NO_TIME),
    order({"event_ts": '"2026"'}, NO_TIME),
    order({"event_ts": "2026"}, ("event_ts", "out_of_range")),
    order({"event_ts": '"today"'}, NO_TIME),
    order({"event_ts": '"10:00"'}, NO_TIME),
    order({"event_ts": '"2026-02-30T10:00:00Z"'}, NO_TIME),
    order({"event_ts": '"2026-13-01T10:00:00Z"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T24:00:00Z"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:60:00Z"'}, NO_TIME),
    order({"event_ts": '"2026-01-31T10:00:60Z"'}, NO_TIME),
    order({"event_ts": "true"}, NO_TIME),
    order({"event_ts": '""'}, NO_TIME),
    order({"event_ts": "null"}, ("event_ts", "missing")),
]
ITEMS = [
    item({}, quantity=2, unit_price=Decimal("9.99"), product_id="p-1"),
    item({"unit_price": '"9.990"'}, unit_price=Decimal("9.99")),
    item({"unit_price": "9.999"}, ("items[].unit_price", "too_many_fraction_digits")),
    item({"unit_price": "-1"}, ("items[].unit_price", "out_of_range")),
    item({"unit_price": "1e1"}, ("items[].unit_price", "wrong_type")),
    item({"quantity": '"2"'}, ("items[].quantity", "wrong_type")),
    item({"quantity": "2.5"}, ("items[].quantity", "wrong_type")),
    item({"quantity": "-1"}, ("items[].quantity", "out_of_range")),
    item({"quantity": "9" * 25}, ("items[].quantity", "out_of_range")),
    item({"quantity": None}, ("items[].quantity", "missing")),
    item(
        {"product_id": "5", "category": "null"}, ("items[].product_id", "wrong_type"), ("items[].category", "missing")
    ),
    order({"items": None}, ("items", "missing")),
    order({"items": "null"}, ("items", "missing")),
    order({"items": "{}"}, ("items", "wrong_type")),
    order({"items": '"[]"'}, ("items", "wrong_type")),
    order({"items": "3"}, ("items", "wrong_type")),
    order({"items": "[1,null,[]]"}, ("items[]", "wrong_type")),
    order({"items": f"[{write(dict(ITEM))},{{}}]"}, *((f"items[].{name}", "missing") for name in ITEM)),
]
CASES = WHOLE + STRINGS + AMOUNTS + MINOR + TIMES + ITEMS
