"""Custom properties that say how a value stands in the message: for which types, and what contradicts what."""

from collections.abc import Iterator
from typing import Any

from ecom.contracts import properties, seeds
from ecom.contracts.currencies import MINOR_DIGITS
from ecom.contracts.document import Document, Place
from ecom.contracts.judge.time_forms import EPOCHS, NAMED, check_pattern, says_offset
from ecom.contracts.model import CURRENCY, EVENT_ID, EVENT_TS

_FOR = {
    "unit": ("integer", "number"),
    "timestampFormat": ("timestamp",),
    "timeZone": ("timestamp",),
    "ambiguousTime": ("timestamp",),
    "valueMap": ("string",),
    "jsonType": ("string", "integer", "number", "boolean", "timestamp"),
    "trim": ("string", "integer", "number", "boolean", "timestamp"),
    "foldCase": ("string", "boolean"),
    "exponent": ("integer", "number"),
    "round": ("integer", "number"),
    "minorDigits": ("string",),
}
_JSON_TYPES = {
    "string": ("string", "integer", "boolean"),
    "integer": ("integer", "string"),
    "number": ("number", "string"),
    "boolean": ("boolean", "string"),
    "timestamp": ("integer", "string"),
}
# What stands in the message does not matter, where the column is filled otherwise.
_OF_THE_VALUE = ("jsonType", "trim", "foldCase", "exponent", "round", "from", "severity", "timestampFormat", "timeZone")


def check_shape(document: Document, place: Place, entry: Any, dataset: str | None) -> None:
    """`dataset`: of whose columns the entry is one; None for the members of an array's items."""
    custom, kind = properties.of(entry), entry["logicalType"]
    for name in custom.keys() & _FOR.keys():
        if kind not in _FOR[name]:
            document.complain(place, f"`{name}` is for {' and '.join(_FOR[name])}, not for {kind}")
            return
    for complaint in _complaints(entry, custom, kind, dataset):
        document.complain(place, complaint)


def _complaints(entry: Any, custom: dict[str, Any], kind: str, dataset: str | None) -> Iterator[str]:
    if "constant" in custom:
        yield from (f"`constant` and `{name}` contradict each other" for name in _OF_THE_VALUE if name in custom)
    if kind == "timestamp":
        yield from _of_time(custom)
    yield from _of_types(custom, kind)
    yield from _of_words(entry, custom, kind, dataset is not None)
    yield from _of_amount(custom)
    yield from _of_currency(entry, custom, dataset)
    if "from" in custom:
        yield from _of_source(custom, kind, dataset)


def _of_time(custom: dict[str, Any]) -> Iterator[str]:
    form, zone = custom.get("timestampFormat"), custom.get("timeZone")
    if form in EPOCHS and zone:
        yield f"`timeZone` is for times without an offset, and `{form}` has none to add: leave it out"
    if isinstance(form, str) and form not in NAMED and check_pattern(form) is None:
        if says_offset(form) and zone:
            yield "the pattern says the offset, and `timeZone` another: leave out one"
        if not says_offset(form) and not zone:
            yield "the pattern has no offset (such as XXX): say by `timeZone` where the time was told"
    if "ambiguousTime" in custom and not zone:
        yield "`ambiguousTime` says what a time of `timeZone` means, and there is none"
    if "jsonType" in custom and form not in EPOCHS:
        yield f"`jsonType` of a timestamp is for {', '.join(EPOCHS)}"


def _of_types(custom: dict[str, Any], kind: str) -> Iterator[str]:
    types = properties.listed(custom.get("jsonType"))
    unknown = [name for name in types if name not in _JSON_TYPES.get(kind, ())]
    if unknown:
        yield f"`jsonType` of a {kind} is one or several of {', '.join(_JSON_TYPES[kind])}, not {unknown[0]}"
    if types and "unit" in custom:
        yield "`jsonType` says nothing of an amount, which is a number or a text of one already: leave it out"
    takes_text = kind in ("string", "timestamp") or "unit" in custom or "string" in types
    if custom.get("trim") and (not takes_text or (types and "string" not in types)):
        yield "`trim` is for texts: add `jsonType: string`"


def _of_words(entry: Any, custom: dict[str, Any], kind: str, is_column: bool) -> Iterator[str]:
    if not custom.get("foldCase"):
        return
    if kind == "boolean" and "string" not in properties.listed(custom.get("jsonType")):
        yield "`foldCase` is for texts: add `jsonType: string`"
    if kind != "string":
        return
    given = [word["value"] for word in entry.get("enum") or () if isinstance(word["value"], str)]
    mapped = {word: ours for word, ours in (custom.get("valueMap") or {}).items() if isinstance(word, str)}
    if not given and not mapped and not (is_column and entry["name"] == CURRENCY):
        yield "`foldCase` is for the words of `enum` and `valueMap`, and there are none"
    outcome: dict[str, tuple[str, Any]] = {}
    for word in (*mapped, *given):
        ours = mapped.get(word, word)
        other, means = outcome.setdefault(word.casefold(), (word, ours))
        if means != ours:
            yield f"`foldCase` makes {other!r} and {word!r} one word, and they mean {means} and {ours}"


def _of_amount(custom: dict[str, Any]) -> Iterator[str]:
    if "round" in custom and "unit" not in custom:
        yield "`round` is for amounts: it needs a `unit`"


def _of_currency(entry: Any, custom: dict[str, Any], dataset: str | None) -> Iterator[str]:
    is_currency = entry["name"] == CURRENCY and dataset is not None
    if "minorDigits" in custom and not is_currency:
        yield f"`minorDigits` is for the property `{CURRENCY}` of the contract"
    if not is_currency:
        return
    known = MINOR_DIGITS.keys() | (custom.get("minorDigits") or {}).keys()
    filled = [custom[name] for name in ("constant", "default") if name in custom]
    words = [*filled, *(ours for ours in (custom.get("valueMap") or {}).values() if isinstance(ours, str))]
    unknown = next((word for word in words if word not in known), None)
    if unknown is not None:
        yield f"{unknown!r} is no currency that we know: write an ISO 4217 code, or list it in `minorDigits`"


def _of_source(custom: dict[str, Any], kind: str, dataset: str | None) -> Iterator[str]:
    if dataset is None:
        yield "`from` is for properties of the contract: an item has no key and no header"
    if custom["from"] == "timestamp":
        if kind != "timestamp":
            yield f"the record's timestamp is a timestamp, not a {kind}"
        if custom.keys() & {"jsonPath", "timestampFormat", "timeZone"}:
            yield "the record's timestamp is found nowhere else and has one form: leave out all but `from`"
    elif kind == "array" and "jsonPath" not in custom:
        yield "a key or header is a text: say by `jsonPath` where in its JSON the array is, such as $.items"


def check_severity(document: Document, place: Place, schema: Any, key: list[str], identity: tuple[str, ...]) -> None:
    """A warning may not touch what numbers rest on."""
    rests = {EVENT_ID, EVENT_TS, CURRENCY, *key, *identity, *seeds.COUNTED_COLUMNS.get(schema["name"], ())}
    for index, entry in enumerate(schema.get("properties") or ()):
        custom, here = properties.of(entry), [*place, "properties", index]
        _check_warning(document, here, entry, custom, entry["name"] in rests)
        members = (entry.get("items") or {}).get("properties") or ()
        for number, member in enumerate(members):
            _check_warning(document, [*here, "items", "properties", number], member, properties.of(member), False)


def _check_warning(document: Document, place: Place, entry: Any, custom: dict[str, Any], is_counted: bool) -> None:
    if custom.get("severity") != "warning":
        return
    if is_counted:
        document.complain(place, f"numbers rest on `{entry['name']}`: a fault in it cannot be a warning")
    for other in ("default", "requiredWhen"):
        if other in custom:
            document.complain(
                place, f"`severity: warning` makes the column null, and `{other}` does not: leave out one"
            )
