"""What the standard allows and the platform cannot use: said at start, with its line, not met in mid-run."""

import re
from datetime import datetime
from typing import Any

from ecom.contracts.columns import COLUMNS, Column
from ecom.contracts.document import Document, Place

# One step of a path: .name or ['name']. A quote or a backslash inside a name is not supported.
JSON_PATH_STEP = r"\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^'\"\\\]]+)'\]"
_JSON_PATH = re.compile(rf"\$(?:{JSON_PATH_STEP})+")
_PLAIN_NAME = re.compile(r"[^'\"\\\]]+")
API_VERSION = "v3.2.0"
CUSTOM = {"jsonPath": None, "unit": ("major", "minor"), "timestampFormat": ("iso8601", "epoch_millis")}
OPTIONS = {
    "string": {"minLength", "maxLength", "pattern"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "timestamp": {"minimum", "maximum"},
    "array": set(),
}
LARGEST_AMOUNT = 10**12


def check(document: Document) -> None:
    """Complains of all that the platform cannot use. The document is valid by the standard's JSON Schema."""
    data = document.data
    if data["apiVersion"] != API_VERSION:
        document.complain(["apiVersion"], f"{data['apiVersion']} is not {API_VERSION}")
    _check_server(document)
    schemas = data.get("schema") or []
    if len(schemas) != 1:
        document.complain(["schema"], f"has {len(schemas)} objects where a contract has one: its topic")
        return
    _check_schema(document, schemas[0])


def _check_server(document: Document) -> None:
    kinds = {server.get("type") for server in document.data.get("servers") or []}
    if kinds != {"kafka"}:
        document.complain(["servers"], "must name a server of type kafka, and no other type")


def _check_schema(document: Document, schema: Any) -> None:
    place: list[str | int] = ["schema", 0]
    columns = COLUMNS.get(schema["name"])
    if columns is None:
        document.complain(place, f"`{schema['name']}` is not one of {', '.join(COLUMNS)}", "name")
        return
    if not schema.get("physicalName"):
        document.complain(place, "`physicalName` (the topic) is missing")
    _check_properties(document, [*place, "properties"], schema.get("properties") or [], columns)


def _check_properties(document: Document, place: Place, entries: list[Any], columns: dict[str, Column]) -> None:
    names = [entry["name"] for entry in entries]
    for column, facts in columns.items():
        if facts.mapped and column not in names:
            document.complain(place[:-1], f"column `{column}` is not mapped; add a property of this name")
    for index, entry in enumerate(entries):
        here = [*place, index]
        if names.index(entry["name"]) != index:
            document.complain(here, "is defined twice", "name")
        elif entry["name"] not in columns:
            document.complain(here, f"is not a column; these are: {', '.join(columns)}", "name")
        else:
            _check_property(document, here, entry, columns[entry["name"]])


def _check_property(document: Document, place: Place, entry: Any, column: Column) -> None:
    logical_type = entry.get("logicalType")
    if logical_type not in column.types:
        shown = f"logicalType {logical_type}" if logical_type else "no logicalType"
        document.complain(place, f"{shown}: must be {' or '.join(column.types)}", "logicalType")
        return
    if column.required and not entry.get("required"):
        document.complain(place, "must be `required: true`: no event counts without it", "required")
    if not str(entry.get("description", "")).strip():
        document.complain(place, "has no description")
    _check_custom(document, place, entry, column)
    _check_options(document, place, entry)
    _check_enum(document, place, entry)
    if column.amount:
        _check_amount(document, place, entry)
    if column.members is not None:
        _check_items(document, place, entry, column.members)


def _check_items(document: Document, place: Place, entry: Any, members: dict[str, Column]) -> None:
    items = entry.get("items") or {}
    if items.get("logicalType") != "object":
        document.complain(place, "`items` must have logicalType object", "items")
    else:
        _check_properties(document, [*place, "items", "properties"], items.get("properties") or [], members)


def _check_custom(document: Document, place: Place, entry: Any, column: Column) -> None:
    seen: set[str] = set()
    for index, custom in enumerate(entry.get("customProperties") or []):
        name, value, here = custom["property"], custom["value"], [*place, "customProperties", index]
        if name in seen:
            document.complain(here, "is given twice")
        seen.add(name)
        if name not in CUSTOM:
            document.complain(here, f"is not a custom property that we know; these are: {', '.join(CUSTOM)}")
        elif name == "jsonPath":
            _check_json_path(document, here, value)
        elif value not in (CUSTOM[name] or ()):
            document.complain(here, f"{value!r} must be one of {', '.join(CUSTOM[name] or ())}")
        elif name == "unit" and not column.amount:
            document.complain(here, "only amounts have a unit")
        elif name == "timestampFormat" and entry["logicalType"] != "timestamp":
            document.complain(here, "only timestamps have a format")
    physical = entry.get("physicalName", entry["name"])
    if not _PLAIN_NAME.fullmatch(physical):
        document.complain(place, f"{physical!r} has a quote, a backslash or a bracket: not supported", "physicalName")


def _check_json_path(document: Document, place: Place, value: Any) -> None:
    if not isinstance(value, str) or not _JSON_PATH.fullmatch(value):
        supported = "$ followed by .name or ['name'], at least once (no indexes, wildcards or filters)"
        document.complain(place, f"{value!r} is not a path that we can follow: {supported}")


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
    if bounds[0] is not None and bounds[1] is not None and bounds[0] > bounds[1]:
        document.complain(here, "the lower bound is above the upper bound")


def _check_pattern(document: Document, place: Place, pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        document.complain(place, f"`pattern` is not a regular expression: {error}", "pattern")
    if re.search(r"\(\?P|\(\?#|\\Z", pattern):
        document.complain(place, r"`pattern` runs in Java, where `(?P…)`, `(?#…)` and `\Z` differ", "pattern")


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


def _check_amount(document: Document, place: Place, entry: Any) -> None:
    customs = {custom["property"] for custom in entry.get("customProperties") or ()}
    options = entry.get("logicalTypeOptions") or {}
    if "unit" not in customs:
        document.complain(place, "is an amount: customProperties must say its `unit`, major or minor")
    if options.get("minimum", -1) < 0:
        document.complain(place, "is an amount: `minimum` must be given, 0 or more")
    if options.get("maximum", LARGEST_AMOUNT + 1) > LARGEST_AMOUNT:
        document.complain(place, f"is an amount: `maximum` must be given, {LARGEST_AMOUNT} (major units) or less")
