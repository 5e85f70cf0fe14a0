"""Custom properties: what the standard leaves to us, and what the platform takes of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecom.contracts.judge.time_forms import NAMED, check_pattern
from ecom.contracts.judge.zones import zone_of
from ecom.contracts.model import HEADER

# One step of a path: .json(), .name, ['name'], [0] or [name=word]. No quote and no backslash inside a name or a word.
_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
JSON_PATH_STEP = (
    rf"\.(?P<json>json\(\))|\.(?P<plain>{_NAME})|\['(?P<quoted>[^'\"\\\]]+)'\]|\[(?P<index>0|[1-9][0-9]{{0,5}})\]"
    rf"|\[(?P<where>{_NAME}(?:\.{_NAME})*)=(?:'(?P<words>[^'\"\\]+)'|(?P<word>[A-Za-z0-9_.:/-]+))\]"
)
_JSON_PATH = re.compile(rf"\$(?:{re.sub(r'[?]P<[a-z]+>', '', JSON_PATH_STEP)})+")
CODE = re.compile(r"[A-Z][A-Z0-9]{2,9}")
MOST_DIGITS = 4  # amounts are kept with as many
JSON_TYPES = ("string", "integer", "number", "boolean")
SOURCES = ("key", "timestamp")
Complaint = str | None  # what is wrong with a value, None: nothing


def of(entry: Any) -> dict[str, Any]:
    """Name to value."""
    return {custom["property"]: custom.get("value") for custom in entry.get("customProperties") or ()}


def one_of(*values: str) -> Callable[[Any], Complaint]:
    return lambda value: None if value in values else f"{value!r} must be one of {', '.join(values)}"


def json_path(value: Any) -> Complaint:
    if isinstance(value, str) and _JSON_PATH.fullmatch(value):
        return None
    supported = "$ followed by .name, ['name'], [0], [name=word] or .json(), at least once"
    return f"{value!r} is not a path that we can follow: {supported}"


def yes_or_no(value: Any) -> Complaint:
    return None if isinstance(value, bool) else f"{value!r} must be true or false"


def timestamp_format(value: Any) -> Complaint:
    """A name of ours, or a pattern."""
    if not isinstance(value, str):
        return f"{value!r} must be a text"
    if value in NAMED:
        return None
    wrong = check_pattern(value)
    return f"{value!r} is none of {', '.join(NAMED)}, and as a pattern it {wrong}" if wrong else None


def time_zone(value: Any) -> Complaint:
    if isinstance(value, str) and zone_of(value) is not None:
        return None
    return f"{value!r} is no time zone: write one of the IANA database, such as Europe/Berlin, or an offset, as +01:00"


def json_types(value: Any) -> Complaint:
    """One of JSON's types or several."""
    if names(value) is None and set(listed(value)) <= {*JSON_TYPES}:
        return None
    return f"{value!r} must be one or several of {', '.join(JSON_TYPES)}"


def minor_digits(value: Any) -> Complaint:
    """Codes of currencies to how many digits their amounts have."""
    if not isinstance(value, Mapping) or not value:
        return "must map codes of currencies to digits, such as {UGX: 2, MGA: 0, POINTS: 0}"
    for code, digits in value.items():
        if not isinstance(code, str) or not CODE.fullmatch(code):
            return f"{code!r} must be a code of 3 to 10 capitals and digits"
        if not isinstance(digits, int) or isinstance(digits, bool) or not 0 <= digits <= MOST_DIGITS:
            return f"{code}: {digits!r} must be 0 to {MOST_DIGITS}: amounts are kept with as many digits"
    return None


def source(value: Any) -> Complaint:
    is_header = isinstance(value, str) and value.startswith(HEADER) and len(value) > len(HEADER)
    return None if value in SOURCES or is_header else f"{value!r} must be key, timestamp or header:NAME"


def scalar(value: Any) -> Complaint:
    return None if isinstance(value, str | int | bool | float) else f"{value!r} must be a text, number or boolean"


def value_map(value: Any) -> Complaint:
    """Words of the message to ours; a null, or `none`, is none of ours."""
    if not isinstance(value, Mapping) or not value:
        return "must map words of the message to ours, such as {CANCELED: CANCELLED, pending: none}"
    wrong = [word for word, ours in value.items() if not isinstance(word, str) or not isinstance(ours, str | None)]
    return f"{wrong[0]!r}: words are texts; put it in quotes" if wrong else None


def required_when(value: Any) -> Complaint:
    if isinstance(value, Mapping) and value and all(isinstance(name, str) for name in value):
        return None
    return "must name another property and its values, such as {event_type: [purchase]}"


def names(value: Any) -> Complaint:
    """A column or a list of columns."""
    listed = [value] if isinstance(value, str) else value
    if isinstance(listed, list) and listed and all(isinstance(name, str) for name in listed):
        return None
    return f"{value!r} must be the name of a property, or a list of names"


@dataclass(frozen=True)
class Custom:
    """A custom property: what it may hold, an example, and what it means."""

    check: Callable[[Any], Complaint]
    example: str
    meaning: str


OF_FIELD = {
    "jsonPath": Custom(
        json_path,
        "`$.payload.orderId`",
        "where the field is found; without it, at the top level under `physicalName`, else under its own name",
    ),
    "unit": Custom(
        one_of("major", "minor"), "`minor`", "a number is an amount of the contract's `currency`, in these units"
    ),
    "timestampFormat": Custom(
        timestamp_format,
        "`epoch_millis`, `dd.MM.yyyy HH:mm`",
        "only this form; without it, both `iso8601` and `epoch_millis`. [Times](#times) has them all",
    ),
    "timeZone": Custom(time_zone, "`Europe/Berlin`", "where a time without an offset was told"),
    "ambiguousTime": Custom(
        one_of("earlier", "later", "reject"),
        "`earlier`",
        "what a time means that the zone's clock shows twice, as daylight saving ends; without it, `reject`",
    ),
    "from": Custom(
        source,
        "`key`, `header:ce_id`, `timestamp`",
        "found in the record's key or header, or its timestamp; with a `jsonPath`, in the JSON that stands there",
    ),
    "jsonType": Custom(
        json_types,
        "`integer`, `[string, integer]`",
        "as what it stands in the message, where not as its `logicalType`: a text as an integer (kept digit by digit) "
        "or a boolean, an integer, number, boolean or epoch as a `string`",
    ),
    "trim": Custom(yes_or_no, "`true`", "white space around the text is taken off"),
    "foldCase": Custom(
        yes_or_no, "`true`", "words of `enum`, `valueMap` and currencies are known in capitals and small letters alike"
    ),
    "exponent": Custom(yes_or_no, "`true`", "a number may have one: `6E+2` is 600, exactly"),
    "round": Custom(
        one_of("half_up", "half_even", "down"),
        "`half_up`",
        "an amount with more digits than its currency has is rounded; without it, refused. Bounds hold before rounding",
    ),
    "minorDigits": Custom(
        minor_digits,
        "`{UGX: 2, ISK: 2, MGA: 0, POINTS: 0}`",
        "of `currency`: digits that differ from ISO 4217 in these messages, and codes of a shop's own with theirs",
    ),
    "severity": Custom(
        one_of("error", "warning"),
        "`warning`",
        "a fault makes the column null, and the message is accepted; for what no number rests on",
    ),
    "valueMap": Custom(
        value_map,
        "`{CANCELED: CANCELLED, pending: none}`",
        "words of the message to ours; `none` is a word that counts for nothing, stored as `NONE`",
    ),
    "constant": Custom(scalar, "`CAPTURED`", "the column always holds this; the message is not asked"),
    "default": Custom(
        scalar, '`"synthetic:{event_id}"`', "what an absent field becomes; `{event_id}` is the event's own id"
    ),
    "requiredWhen": Custom(
        required_when, "`{event_type: [purchase]}`", "required where another field has one of these values"
    ),
}
OF_DATASET = {
    "keep": Custom(
        one_of("log", "latest"),
        "`latest`",
        "also `silver.<dataset>_current`, a row a key, by `event_ts` and offset; a record without a value deletes. "
        "`log`, as without it: every accepted event",
    ),
    "key": Custom(
        names,
        "`[product_id, warehouse]`",
        "the key of `keep: latest`; a tombstone names its first column. The standard's `primaryKey` says the same",
    ),
    "identity": Custom(
        names,
        "`payment`",
        "which events are one told again. Those of one `event_id` and day always are; with `payment` also those of one "
        "`payment_id`, `status` and `amount` (or any columns: `[a, b]`); `event` says that such are several movements; "
        "without it they count as several, and are told",
    ),
}
EVENT, PAYMENT = "event", "payment"
PAYMENT_IDENTITY = ("payment_id", "status", "amount")


def identity(value: Any) -> tuple[str, ...] | None:
    """The columns by which a repeat is known besides its event_id: none for `event`; None where nothing is said."""
    if value is None:
        return None
    if value == EVENT:
        return ()
    return PAYMENT_IDENTITY if value == PAYMENT else tuple(listed(value))


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(name) for name in value or ()]
