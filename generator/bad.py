"""Messages that break their contract, each made from a good one."""

from collections.abc import Callable
from random import Random

from generator.message import DIGITS, Fields, Json, Message, Number, encode, major
from generator.story import new_id

REQUIRED = {
    "orders": ("order_id", "user_id", "status", "currency", "total_amount", "items", "event_ts"),
    "payments": ("order_id", "amount_cents", "currency", "status", "event_ts"),
}
WRONG_TYPES: dict[str, tuple[tuple[str, Json], ...]] = {
    "orders": (
        ("user_id", 42),
        ("total_amount", ["12.50"]),
        ("total_amount", Number("1e2")),
        ("items", "none"),
        ("event_ts", "yesterday"),
        ("event_ts", "2026-01-31T10:00:00"),
    ),
    "payments": (("amount_cents", True), ("amount_cents", "a lot"), ("order_id", ["1"]), ("event_ts", "10:00")),
}


def spoil(rng: Random, kind: str, good: Message) -> Message | None:
    """A bad message of `kind`, with the key of `good`; None where the kind cannot be made of it."""
    if kind == "bad_conflict":
        return _conflict(good)
    assert good.fields is not None
    event_id = new_id(rng)
    fields: Fields = dict(good.fields) | {"event_id": event_id}
    if kind in RAW:
        value = RAW[kind](rng, encode(fields))
        return Message(good.subject, good.key, value, good.event_ts, good.headers, kind, event_id)
    if kind == "bad_fraction_digits" and good.subject == "payments":
        return None
    CHANGES[kind](rng, good, fields)
    return Message(good.subject, good.key, encode(fields), good.event_ts, good.headers, kind, event_id, fields)


def _conflict(good: Message) -> Message | None:
    """One minor unit more, under an identity that was sent before."""
    if good.event_id is None or good.fields is None:
        return None
    fields = dict(good.fields)
    fields |= _amount(good, lambda minor: minor + 1)
    return Message(
        good.subject, good.key, encode(fields), good.event_ts, good.headers, "bad_conflict", good.event_id, fields
    )


def _not_json(rng: Random, value: bytes) -> bytes:
    cut = value[: len(value) // 2].decode(errors="ignore").encode()  # not within a character: that is another kind
    return (cut, value.replace(b'"', b"'"), b'{"status":"PAID",' + value[1:])[rng.randrange(3)]


def _amount(good: Message, change: Callable[[int], int]) -> Fields:
    """The field that holds the amount, changed in minor units."""
    assert good.fields is not None
    if good.subject == "payments":
        cents = good.fields["amount_cents"]
        assert isinstance(cents, int)
        return {"amount_cents": change(cents)}
    digits = DIGITS[str(good.fields["currency"])]
    minor = int(str(good.fields["total_amount"]).replace(".", ""))
    return {"total_amount": major(change(minor), digits)}


def _missing(rng: Random, good: Message, fields: Fields) -> None:
    names = REQUIRED[good.subject]
    del fields[names[rng.randrange(len(names))]]


def _wrong_type(rng: Random, good: Message, fields: Fields) -> None:
    choices = WRONG_TYPES[good.subject]
    name, value = choices[rng.randrange(len(choices))]
    fields[name] = value


def _status(rng: Random, good: Message, fields: Fields) -> None:
    fields["status"] = ("paid", "LOST", "CREATED ")[rng.randrange(3)]


def _negative(rng: Random, good: Message, fields: Fields) -> None:
    fields.update(_amount(good, lambda minor: -minor - 1))


def _currency(rng: Random, good: Message, fields: Fields) -> None:
    fields["currency"] = ("XYZ", "usd", "US$")[rng.randrange(3)]


def _fraction_digits(rng: Random, good: Message, fields: Fields) -> None:
    digits = DIGITS[str(fields["currency"])]
    minor = int(str(fields["total_amount"]).replace(".", ""))
    fields["total_amount"] = major(minor * 10 + 1 + rng.randrange(9), digits + 1)


def _future(rng: Random, good: Message, fields: Fields) -> None:
    """Far enough to be in the future whenever the stream is sent: a fixed seed must not age."""
    fields["event_ts"] = f"{2150 + rng.randrange(40)}-06-15T12:00:00Z"


RAW: dict[str, Callable[[Random, bytes], bytes | None]] = {
    "bad_not_json": _not_json,
    "bad_trailing_text": lambda rng, value: value + (b" junk", b"}", b"{}")[rng.randrange(3)],
    "bad_utf8": lambda rng, value: value[:-2] + (b"\xff", b"\xc3\x28", b"\xed\xa0\x80")[rng.randrange(3)] + b'"}',
    "bad_tombstone": lambda rng, value: None,
}
CHANGES: dict[str, Callable[[Random, Message, Fields], None]] = {
    "bad_missing_field": _missing,
    "bad_wrong_type": _wrong_type,
    "bad_status": _status,
    "bad_negative": _negative,
    "bad_currency": _currency,
    "bad_fraction_digits": _fraction_digits,
    "bad_future": _future,
}
