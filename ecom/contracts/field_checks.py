"""What the platform can do with each property of a contract."""

import re
from datetime import datetime
from typing import Any

import re2

from ecom.contracts import properties, seeds
from ecom.contracts.custom_checks import check_custom
from ecom.contracts.document import Document, Place
from ecom.contracts.fields import field_of
from ecom.contracts.judge.texts import compile_pattern
from ecom.contracts.model import CURRENCY, EVENT_ID, ID_ENDING, LONGEST_ID
from ecom.contracts.shape_checks import check_shape

OPTIONS = {
    "string": {"minLength", "maxLength", "pattern"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": set[str](),
    "timestamp": {"minimum", "maximum"},
    "array": set[str](),
}
LARGEST_AMOUNT = 10**12
_PLAIN_NAME = re.compile(r"[^'\"\\\]]+")
# RE2, which the jobs use, and other engines read these in different ways.
_AMBIGUOUS = re.compile(r"\(\?P|\(\?#|\\[zZAQECpP]|\{,[0-9]+\}|[*+?}]\+")


def check_fields(document: Document, place: Place, entries: list[Any], dataset: str | None = None) -> None:
    """`dataset`: of whose columns these are; None for the members of an array's items."""
    names = [entry["name"] for entry in entries]
    for index, entry in enumerate(entries):
        here = [*place, index]
        if names.index(entry["name"]) != index:
            document.complain(here, "is defined twice", "name")
        else:
            _check_field(document, here, entry, dataset, names)


def _check_field(document: Document, place: Place, entry: Any, dataset: str | None, names: list[str]) -> None:
    logical_type = entry.get("logicalType")
    if logical_type not in OPTIONS:
        shown = f"logicalType {logical_type}" if logical_type else "no logicalType"
        document.complain(place, f"{shown}: must be one of {', '.join(OPTIONS)}", "logicalType")
        return
    if entry["name"] in (EVENT_ID, CURRENCY) and logical_type != "string":
        document.complain(place, f"logicalType {logical_type}: must be string", "logicalType")
    if not str(entry.get("description", "")).strip():
        document.complain(place, "has no description")
    _check_custom(document, place, entry, dataset, names)
    _check_options(document, place, entry)
    _check_enum(document, place, entry)
    if properties.of(entry).get("unit"):
        _check_amount(document, place, entry, dataset, names)
    if logical_type == "array":
        _check_items(document, place, entry, names)
    elif dataset is not None:
        _check_words(document, place, entry, dataset)


def _check_items(document: Document, place: Place, entry: Any, names: list[str]) -> None:
    items = entry.get("items") or {}
    if items.get("logicalType") == "object":
        members = items.get("properties") or []
        check_fields(document, [*place, "items", "properties"], members)
        for index, member in enumerate(members):
            if properties.of(member).get("unit") and CURRENCY not in names:
                here = [*place, "items", "properties", index]
                document.complain(here, f"is an amount: the contract needs a property `{CURRENCY}`, which says of what")
            if member.get("logicalType") == "array":
                document.complain([*place, "items", "properties", index], "an array within an array is not supported")
    elif items.get("logicalType") != "string":
        document.complain(place, "`items` must have logicalType object or string", "items")


def _check_custom(document: Document, place: Place, entry: Any, dataset: str | None, names: list[str]) -> None:
    if check_custom(document, place, entry, properties.OF_FIELD):
        check_shape(document, place, entry, dataset)
    custom = properties.of(entry)
    _check_filled(document, place, entry, custom)
    for other in _required_when(custom):
        if dataset is None or other not in names or other == entry["name"]:
            document.complain(place, f"requiredWhen: `{other}` is not another property of this contract")
    physical = entry.get("physicalName", entry["name"])
    if not _PLAIN_NAME.fullmatch(physical):
        document.complain(place, f"{physical!r} has a quote, a backslash or a bracket: not supported", "physicalName")


def _check_filled(document: Document, place: Place, entry: Any, custom: dict[str, Any]) -> None:
    """`constant` and `default`: of the field's type, and not in contradiction."""
    kinds: dict[str, Any] = {"string": str, "integer": int, "boolean": bool, "number": (int, float, str)}
    for name in ("constant", "default"):
        if name not in custom:
            continue
        kind = kinds.get(entry["logicalType"])
        if kind is None or not isinstance(custom[name], kind) or (kind is int and isinstance(custom[name], bool)):
            document.complain(place, f"`{name}` {custom[name]!r} is not of logicalType {entry['logicalType']}")
        allowed = [word["value"] for word in entry.get("enum") or ()]
        if allowed and custom[name] not in allowed:
            document.complain(place, f"`{name}` {custom[name]!r} is not one of the values of `enum`")
    if "constant" in custom:
        for other in ("default", "jsonPath", "valueMap", "requiredWhen"):
            if other in custom:
                document.complain(place, f"`constant` and `{other}` contradict each other")
    if "default" in custom and entry.get("required"):
        document.complain(place, "`default` fills what is absent, and `required` refuses it: leave out one")


def _required_when(custom: dict[str, Any]) -> list[str]:
    value = custom.get("requiredWhen")
    return list(value) if isinstance(value, dict) else []


def _check_options(document: Document, place: Place, entry: Any) -> None:
    options, here = entry.get("logicalTypeOptions") or {}, [*place, "logicalTypeOptions"]
    for name in options:
        if name not in OPTIONS[entry["logicalType"]]:
            known = ", ".join(sorted(OPTIONS[entry["logicalType"]])) or "none"
            document.complain(here, f"`{name}` is not checked by the platform; it checks: {known}", name)
    if "pattern" in options:
        _check_pattern(document, here, options["pattern"])
    if entry["logicalType"] == "timestamp":
        bounds = [_check_instant(document, here, options, name) for name in ("minimum", "maximum")]
        if "minimum" not in options:
            document.complain(place, "needs a `minimum` in logicalTypeOptions: clocks reset to 1970 are common")
    else:
        low, high = ("minLength", "maxLength") if entry["logicalType"] == "string" else ("minimum", "maximum")
        bounds = [options.get(low), options.get(high)]
    if entry["name"].endswith(ID_ENDING) and (options.get("maxLength") or 0) > LONGEST_ID:
        document.complain(
            here, f"`maxLength` of an id is at most {LONGEST_ID:,}: no longer one is looked up", "maxLength"
        )
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        document.complain(here, "the lower bound is above the upper bound")


def _check_pattern(document: Document, place: Place, pattern: str) -> None:
    """By the engine that the jobs use; what others would read otherwise is refused."""
    try:
        compile_pattern(pattern)
    except re2.error as error:
        document.complain(place, f"`pattern` is not a regular expression of RE2: {_words(error)}", "pattern")
        return
    ambiguous = _AMBIGUOUS.search(pattern)
    if ambiguous:
        document.complain(place, f"`pattern`: engines differ on `{ambiguous[0]}`; write it another way", "pattern")


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode() if isinstance(said, bytes) else str(said)


def _check_instant(document: Document, place: Place, options: Any, name: str) -> datetime | None:
    if name not in options:
        return None
    try:
        instant = datetime.fromisoformat(options[name])
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        document.complain(place, f"`{name}` must be a date and time with offset, such as 2000-01-01T00:00:00Z", name)
        return None
    return instant


def _check_enum(document: Document, place: Place, entry: Any) -> None:
    values = [allowed["value"] for allowed in entry.get("enum") or ()]
    if not values:
        return
    if entry["logicalType"] != "string":
        document.complain(place, "only strings have allowed values", "enum")
    for index, value in enumerate(values):
        if not isinstance(value, str):
            document.complain([*place, "enum", index], f"{value!r} must be a string; put it in quotes", "value")
        elif value in values[:index]:
            document.complain([*place, "enum", index], f"{value!r} is listed twice", "value")


def _check_amount(document: Document, place: Place, entry: Any, dataset: str | None, names: list[str]) -> None:
    options = entry.get("logicalTypeOptions") or {}
    if options.get("minimum", -1) < 0:
        document.complain(place, "is an amount: `minimum` must be given, 0 or more")
    if options.get("maximum", LARGEST_AMOUNT + 1) > LARGEST_AMOUNT:
        document.complain(place, f"is an amount: `maximum` must be given, {LARGEST_AMOUNT} (major units) or less")
    if dataset is not None and CURRENCY not in names:
        document.complain(place, f"is an amount: the contract needs a property `{CURRENCY}`, which says of what")


def _check_words(document: Document, place: Place, entry: Any, dataset: str) -> None:
    """A word that no rule counts would be silently without effect."""
    counted = seeds.COUNTED.get((dataset, entry["name"]))
    listed_words = [allowed["value"] for allowed in entry.get("enum") or ()]
    if counted is None or entry["logicalType"] != "string" or not all(isinstance(w, str) for w in listed_words):
        return
    unknown = seeds.unknown_words(dataset, entry["name"], field_of(entry, 0).outcomes)
    listed = ", ".join(sorted(counted))
    if unknown is None:
        document.complain(place, f"may hold any word, and our rules know {listed}: list the words in `enum`")
    elif unknown:
        remedy = f"map it by `valueMap` to one of {listed}, or to none"
        document.complain(place, f"no rule of ours counts {', '.join(unknown)}: {remedy}")
