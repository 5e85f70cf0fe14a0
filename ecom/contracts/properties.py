"""Custom properties: what the standard leaves to us, and what the platform takes of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# One step of a path: .name or ['name']. A quote or a backslash inside a name is not supported.
JSON_PATH_STEP = r"\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^'\"\\\]]+)'\]"
_JSON_PATH = re.compile(rf"\$(?:{JSON_PATH_STEP})+")
Complaint = str | None  # what is wrong with a value, None: nothing


def of(entry: Any) -> dict[str, Any]:
    """Name to value."""
    return {custom["property"]: custom.get("value") for custom in entry.get("customProperties") or ()}


def one_of(*values: str) -> Callable[[Any], Complaint]:
    return lambda value: None if value in values else f"{value!r} must be one of {', '.join(values)}"


def json_path(value: Any) -> Complaint:
    if isinstance(value, str) and _JSON_PATH.fullmatch(value):
        return None
    supported = "$ followed by .name or ['name'], at least once (no indexes, wildcards or filters)"
    return f"{value!r} is not a path that we can follow: {supported}"


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
        one_of("iso8601", "epoch_millis"), "`epoch_millis`", "only this form; without it, both `iso8601` and this one"
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
