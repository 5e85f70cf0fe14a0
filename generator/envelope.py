"""The same messages as another shop would send them: camelCase in an envelope, minor units, epoch milliseconds."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from generator.message import DIGITS, Fields, Json, Message, Number, encode, micros

NAMES = {
    "order_id": "orderId",
    "user_id": "userId",
    "status": "state",
    "currency": "currencyCode",
    "total_amount": "totalMinor",
    "amount_cents": "amountMinor",
    "payment_id": "paymentId",
    "method": "method",
    "event_ts": "occurredAt",
    "items": "lines",
}
ITEM_NAMES = {
    "product_id": "sku",
    "product_name": "title",
    "category": "group",
    "quantity": "qty",
    "unit_price": "unitMinor",
}


def to_envelope(messages: Iterable[Message]) -> Iterator[Message]:
    """What cannot be read (not JSON, a tombstone) stays as it is; what has too many fraction digits has no such form.

    `event_ts` of the messages, as in the bytes, is cut to milliseconds.
    """
    for message in messages:
        if message.kind == "bad_fraction_digits":
            continue
        if message.fields is None:
            yield message
            continue
        event_ts = message.event_ts.replace(microsecond=message.event_ts.microsecond // 1000 * 1000)
        yield replace(message, value=encode(_envelope(message.fields)), event_ts=event_ts)


def _envelope(fields: Fields) -> Json:
    meta = {"eventId": fields["event_id"]} if "event_id" in fields else {}
    digits = DIGITS.get(str(fields.get("currency")), 2)
    payload = {
        NAMES.get(name, name): _value(name, value, digits) for name, value in fields.items() if name != "event_id"
    }
    return {"meta": meta, "payload": payload}


def _value(name: str, value: Json, digits: int) -> Json:
    if name in ("total_amount", "unit_price"):
        return _minor(value, digits)
    if name == "event_ts":
        return _millis(value)
    if name == "items" and isinstance(value, list):
        return [{ITEM_NAMES[key]: _value(key, part, digits) for key, part in _members(item)} for item in value]
    return value


def _members(item: Json) -> Iterable[tuple[str, Json]]:
    assert isinstance(item, Mapping)
    return item.items()


def _minor(value: Json, digits: int) -> Json:
    """What is no plain number of such digits stays, and stays wrong."""
    if not isinstance(value, str) or "e" in value:
        return value
    scaled = Decimal(value).scaleb(digits)
    return int(scaled) if scaled == int(scaled) else Number(format(scaled, "f"))


def _millis(value: Json) -> Json:
    if not isinstance(value, str):
        return value
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return value
    return micros(instant) // 1000 if instant.tzinfo else value
