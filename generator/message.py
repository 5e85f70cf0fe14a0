"""What goes to Kafka, and how values become JSON without a float in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring

from ecom.base.errors import EcomError, ExitCode
from ecom.contracts.judge.time_forms import NAMED
from ecom.contracts.model import Field

Headers = tuple[tuple[str, bytes | None], ...]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3, "BRL": 2}


class Number(str):
    """The text of a JSON number, written as it stands: `19.990` stays `19.990`."""


Json = Number | str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]
Fields = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Message:
    """One Kafka record to be, of the dataset `subject`. `fields` is what was encoded; None: the bytes say other things.

    `kind` names the trouble that the message is, `plain` for none: a field of `Mix`.
    """

    subject: str
    key: str
    value: bytes | None
    event_ts: datetime
    headers: Headers = ()
    kind: str = "plain"
    event_id: str | None = None
    fields: Fields | None = None


def keys_of(field: Field) -> tuple[str, ...]:
    """Where a message holds a field. Raises EcomError where it is not under plain keys, or stands in a form that
    nothing here writes."""
    keys = field.keys
    form = field.timestamp_format
    if keys is None or field.json_types or (form is not None and form not in NAMED):
        why = f"no message can be invented with it as line {field.line} of its contract says"
        raise EcomError(f"`{field.name}`: {why}; send those of a file, by `ecom produce --file`.", ExitCode.USAGE)
    return keys


def value_at(fields: Fields, path: Sequence[str]) -> Json:
    """What stands under these keys; None where nothing does."""
    found: Json = fields
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def with_value(fields: Fields, path: Sequence[str], value: Json) -> Fields:
    """A copy in which `value` stands under these keys."""
    key, *rest = path
    if rest:
        inner = fields.get(key)
        value = with_value(dict(inner) if isinstance(inner, Mapping) else {}, rest, value)
    return fields | {key: value}


def without(fields: Fields, path: Sequence[str]) -> Fields:
    """A copy in which nothing stands under these keys."""
    key, *rest = path
    inner = fields.get(key)
    if rest:
        return fields | {key: without(dict(inner), rest)} if isinstance(inner, Mapping) else dict(fields)
    return {name: value for name, value in fields.items() if name != key}


def encode(fields: Json) -> bytes:
    """Compact UTF-8 JSON."""
    return _text(fields).encode()


def _text(value: Json) -> str:
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{encode_basestring(k)}:{_text(v)}" for k, v in value.items()) + "}"
    return "[" + ",".join(map(_text, value)) + "]"


def major(minor: int, digits: int) -> Number:
    """Minor units as the text of a number of major units: (1990, 2) is 19.90."""
    if digits == 0:
        return Number(minor)
    sign = "-" if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**digits)
    return Number(f"{sign}{whole}.{fraction:0{digits}d}")


def micros(instant: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (instant - EPOCH) // timedelta(microseconds=1)


EPOCHS = {"epoch_seconds": 1_000_000, "epoch_millis": 1_000, "epoch_micros": 1}


def epoch(form: str | None, at: int) -> int | None:
    """Microseconds since 1970 in the contract's unit; None: the form is no number."""
    if form == "epoch_nanos":
        return at * 1_000
    return at // EPOCHS[form] if form in EPOCHS else None


def instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
