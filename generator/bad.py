"""Messages that break their contract, each made from a good one by what the contract says of its fields."""

from collections.abc import Callable, Iterator
from random import Random

from ecom.contracts.model import CURRENCY, EVENT_ID, EVENT_TS, Contract, Field
from generator.ids import new_id
from generator.message import (
    DIGITS,
    Fields,
    Json,
    Message,
    Number,
    encode,
    epoch,
    keys_of,
    major,
    value_at,
    with_value,
    without,
)

WRONG_TYPES: dict[str, tuple[Json, ...]] = {
    "string": (42, ["1"]),
    "integer": ("a lot", True),
    "number": (["12.50"], "a lot", True),
    "boolean": ("maybe", 1),
    "array": ("none", 7),
    "timestamp": ("yesterday", "2026-01-31T10:00:00", "10:00"),
}
Change = Callable[[Random, Field, Fields], Json]


def spoil(rng: Random, kind: str, good: Message, contract: Contract) -> Message | None:
    """A bad message of `kind`, with the key of `good`; None where the kind cannot be made of it."""
    if kind == "bad_conflict":
        return _conflict(good, contract)
    assert good.fields is not None
    event_id = new_id(rng)
    fields = with_value(good.fields, path_of(contract, EVENT_ID), event_id)
    if kind in RAW:
        value = RAW[kind](rng, encode(fields))
        return Message(good.subject, good.key, value, good.event_ts, good.headers, kind, event_id)
    choices, change = CHANGES[kind]
    breakable = list(choices(contract, fields))
    if not breakable:
        return None
    field = breakable[rng.randrange(len(breakable))]
    fields = (
        without(fields, keys_of(field))
        if change is None
        else with_value(fields, keys_of(field), change(rng, field, fields))
    )
    return Message(good.subject, good.key, encode(fields), good.event_ts, good.headers, kind, event_id, fields)


def path_of(contract: Contract, name: str) -> tuple[str, ...]:
    """Where a message holds a field, also one that its contract does not have."""
    field = contract.field(name)
    return keys_of(field) if field else (name,)


def _conflict(good: Message, contract: Contract) -> Message | None:
    """Other content under an identity that was sent before: an amount of one minor unit more, or another text."""
    if good.event_id is None or good.fields is None:
        return None
    content = [f for f in contract.fields if f.name not in (EVENT_ID, EVENT_TS, CURRENCY, *contract.key)]
    found = [field for field in content if field.required and not field.enum and value_at(good.fields, keys_of(field))]
    numbers = [field for field in found if field.type in ("integer", "number")]
    texts = [field for field in found if field.type == "string" and not field.pattern]
    if not (numbers or texts):
        return None
    field = (numbers or texts)[0]
    value = value_at(good.fields, keys_of(field))
    other: Json = f"{value}x" if not numbers else _shifted(field, good.fields, lambda minor: minor + 1)
    fields = with_value(good.fields, keys_of(field), other)
    return Message(
        good.subject, good.key, encode(fields), good.event_ts, good.headers, "bad_conflict", good.event_id, fields
    )


def _shifted(field: Field, fields: Fields, change: Callable[[int], int]) -> Json:
    """A number, changed: an amount in minor units of its currency, another as an integer."""
    text = str(value_at(fields, keys_of(field)))
    if field.unit != "major":
        return change(int(text)) if field.type == "integer" else Number(change(int(float(text))))
    return major(change(int(text.replace(".", ""))), _digits(fields))


def _digits(fields: Fields) -> int:
    return DIGITS.get(str(fields.get(CURRENCY)), 2)


def _required(contract: Contract, fields: Fields) -> Iterator[Field]:
    return (f for f in _strict(contract) if f.required and f.default is None and f.constant is None)


def _strict(contract: Contract) -> Iterator[Field]:
    """Fields of which a fault refuses the message."""
    return (field for field in contract.fields if not field.is_lenient)


def _typed(contract: Contract, fields: Fields) -> Iterator[Field]:
    return (f for f in _strict(contract) if not f.enum and f.constant is None and f.name not in (EVENT_ID, CURRENCY))


def _words(contract: Contract, fields: Fields) -> Iterator[Field]:
    return (field for field in _strict(contract) if field.enum)


def _bounded(contract: Contract, fields: Fields) -> Iterator[Field]:
    return (f for f in _strict(contract) if f.minimum is not None and value_at(fields, keys_of(f)) is not None)


def _of_currency(contract: Contract, fields: Fields) -> Iterator[Field]:
    return (field for field in contract.fields if field.name == CURRENCY)


def _with_fraction(contract: Contract, fields: Fields) -> Iterator[Field]:
    return (field for field in _strict(contract) if field.unit == "major" and field.rounding is None)


def _event_time(contract: Contract, fields: Fields) -> Iterator[Field]:
    return (field for field in contract.fields if field.name == EVENT_TS)


def _wrong_type(rng: Random, field: Field, fields: Fields) -> Json:
    choices = WRONG_TYPES[field.type]
    return choices[rng.randrange(len(choices))]


def _no_word(rng: Random, field: Field, fields: Fields) -> Json:
    allowed = {_as_known(field, word) for word in (*field.enum, *field.words)}
    tried = (field.enum[-1].lower(), "LOST", f"{field.enum[0]} ")
    other = [word for word in tried if _as_known(field, word) not in allowed]
    return other[rng.randrange(len(other))]


def _as_known(field: Field, word: str) -> str:
    """What a word is matched as."""
    told = word.strip() if field.trim else word
    return told.casefold() if field.fold_case else told


def _too_low(rng: Random, field: Field, fields: Fields) -> Json:
    assert field.minimum is not None
    if field.unit:
        return _shifted(field, fields, lambda minor: -abs(minor) - 1)
    return int(field.minimum) - 1


def _no_currency(rng: Random, field: Field, fields: Fields) -> Json:
    return ("XYZ", "XYZ" if field.fold_case else "usd", "US$")[rng.randrange(3)]


def _more_digits(rng: Random, field: Field, fields: Fields) -> Json:
    minor = int(str(value_at(fields, keys_of(field))).replace(".", ""))
    return major(minor * 10 + 1 + rng.randrange(9), _digits(fields) + 1)


def _future(rng: Random, field: Field, fields: Fields) -> Json:
    """Far enough to be in the future whenever the stream is sent: a fixed seed must not age."""
    year = 2150 + rng.randrange(40)
    millis = 5_680_281_600_000 + (year - 2150) * 31_557_600_000
    return epoch(field.timestamp_format, millis * 1_000) or f"{year}-06-15T12:00:00Z"


def _not_json(rng: Random, value: bytes) -> bytes:
    cut = value[: len(value) // 2].decode(errors="ignore").encode()  # not within a character: that is another kind
    first = value[1 : value.index(b":")]
    return (cut, value.replace(b'"', b"'"), b"{" + first + b":1," + value[1:])[rng.randrange(3)]


RAW: dict[str, Callable[[Random, bytes], bytes | None]] = {
    "bad_not_json": _not_json,
    "bad_trailing_text": lambda rng, value: value + (b" junk", b"}", b"{}")[rng.randrange(3)],
    "bad_utf8": lambda rng, value: value[:-2] + (b"\xff", b"\xc3\x28", b"\xed\xa0\x80")[rng.randrange(3)] + b'"}',
    "bad_tombstone": lambda rng, value: None,
}
# Which fields can be broken so, and how; without a change the field is left out.
CHANGES: dict[str, tuple[Callable[[Contract, Fields], Iterator[Field]], Change | None]] = {
    "bad_missing_field": (_required, None),
    "bad_wrong_type": (_typed, _wrong_type),
    "bad_status": (_words, _no_word),
    "bad_negative": (_bounded, _too_low),
    "bad_currency": (_of_currency, _no_currency),
    "bad_fraction_digits": (_with_fraction, _more_digits),
    "bad_future": (_event_time, _future),
}
