"""What the standard allows and the platform cannot use: said at start, with its line, not met in mid-run."""

import re
from typing import Any

from ecom.contracts import properties
from ecom.contracts.custom_checks import check_custom
from ecom.contracts.document import Document, Place
from ecom.contracts.field_checks import check_fields
from ecom.contracts.model import EVENT_ID, EVENT_TS
from ecom.contracts.shape_checks import check_severity

API_VERSION = "v3.2.0"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")
# Columns that the platform adds to what the message fills.
OURS = ("topic", "partition", "offset", "ingest_ts", "event_date", "conflicts_with", "is_deleted", "kafka_timestamp")


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
    if not _NAME.fullmatch(schema["name"]):
        wanted = "small letters, digits and underscores: the dataset's tables are named after it"
        document.complain(place, f"`{schema['name']}` must be {wanted}", "name")
    if not schema.get("physicalName"):
        document.complain(place, "`physicalName` (the topic) is missing")
    entries = schema.get("properties") or []
    check_fields(document, [*place, "properties"], entries, schema["name"])
    _check_columns(document, [*place, "properties"], entries)
    _check_event_time(document, place, entries)
    check_custom(document, place, schema, properties.OF_DATASET)
    _check_keep(document, place, schema, entries)
    identity = properties.of(schema).get("identity")
    named = properties.identity(identity) if identity is None or properties.names(identity) is None else None
    check_severity(document, place, schema, key_of(schema), named or ())


def _check_columns(document: Document, place: Place, entries: list[Any]) -> None:
    for index, entry in enumerate(entries):
        if not _NAME.fullmatch(entry["name"]):
            document.complain([*place, index], f"`{entry['name']}` must be a column: small letters, digits, _", "name")
        elif entry["name"] in OURS:
            document.complain([*place, index], f"`{entry['name']}` is a column of ours; choose another name", "name")


def _check_event_time(document: Document, place: Place, entries: list[Any]) -> None:
    index = next((index for index, entry in enumerate(entries) if entry["name"] == EVENT_TS), None)
    if index is None:
        document.complain(place, f"column `{EVENT_TS}` (when the event happened) is not mapped; add a property of it")
        return
    entry, here = entries[index], [*place, "properties", index]
    if entry.get("logicalType") != "timestamp":
        document.complain(here, f"logicalType {entry.get('logicalType')}: must be timestamp", "logicalType")
    if not entry.get("required"):
        document.complain(here, "must be `required: true`: no event counts without it", "required")


def _check_keep(document: Document, place: Place, schema: Any, entries: list[Any]) -> None:
    custom, names = properties.of(schema), {entry["name"]: entry for entry in entries}
    for name in ("key", "identity"):
        if name in custom and properties.names(custom[name]) is None:
            _check_names(document, place, name, custom[name], names)
    key = key_of(schema)
    if custom.get("keep") == "latest":
        if not key:
            document.complain(place, "keeps the latest, and has no `key`: name its property, or mark it `primaryKey`")
        for name in key:
            if name in names and not names[name].get("required"):
                document.complain(place, f"`{name}` is in the key: it must be `required: true`")
        first = names.get(key[0]) if key else None
        if first is not None and first.get("logicalType") != "string":
            document.complain(place, f"`{key[0]}` is the key that a tombstone names: it must be a string")


def key_of(schema: Any) -> list[str]:
    """The custom property `key`, else the properties that the standard marks as `primaryKey`, in their order."""
    custom = properties.listed(properties.of(schema).get("key"))
    if custom:
        return custom
    marked = [entry for entry in schema.get("properties") or () if entry.get("primaryKey")]
    return [entry["name"] for entry in sorted(marked, key=lambda entry: entry.get("primaryKeyPosition", 1))]


def _check_names(document: Document, place: Place, what: str, value: Any, names: dict[str, Any]) -> None:
    identity = properties.identity(value) if what == "identity" else properties.listed(value)
    customs = [custom["property"] for custom in document.data["schema"][0]["customProperties"]]
    here = [*place, "customProperties", customs.index(what)]
    for name in identity or ():
        if name not in names or name == EVENT_ID:
            document.complain(here, f"`{name}` is not a property of this contract")
        elif names[name].get("logicalType") == "array":
            document.complain(here, f"`{name}` is an array: it identifies nothing")
