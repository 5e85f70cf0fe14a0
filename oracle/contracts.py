"""Contracts as the oracle reads them, by itself, from the YAML: the platform's own reader may be wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*)|\['([^']+)'\]")
NONE = "NONE"
ID_LENGTH = 10_000
PAYMENT = ["payment_id", "status", "amount"]
# What a payment without an id of its own is called.
UNNAMED = {("payments", "payment_id"): "synthetic:{event_id}"}


@dataclass(frozen=True)
class Rule:
    """What one field must be, and where it is."""

    name: str
    kind: str
    path: tuple[str, ...]
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: Decimal | None = None
    high: Decimal | None = None
    first: datetime | None = None
    last: datetime | None = None
    shortest: int = 0
    longest: int | None = None
    pattern: str | None = None
    unit: str | None = None
    form: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    default: Any = None
    constant: Any = None
    needed_when: Mapping[str, list[Any]] = field(default_factory=dict)
    members: tuple["Rule", ...] = ()


@dataclass(frozen=True)
class Dataset:
    """`identity`: columns by which a repeat is known besides its event_id; empty: none."""

    name: str
    topic: str
    rules: tuple[Rule, ...]
    keep: str = "log"
    key: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()


def read_datasets(folder: Path, topics: Mapping[str, str] | None = None) -> dict[str, Dataset]:
    """Those of the folder's contracts, by name; `topics` overrides theirs."""
    found = (_dataset(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.odcs.yaml")))
    return {one.name: replace(one, topic=(topics or {}).get(one.name, one.topic)) for one in found}


def _dataset(document: Any) -> Dataset:
    schema = document["schema"][0]
    more, name = _more(schema), schema["name"]
    key = more.get("key") or [p["name"] for p in schema["properties"] if p.get("primaryKey")]
    identity = more.get("identity", "event")
    chosen = {"event": [], "payment": PAYMENT}.get(identity if isinstance(identity, str) else "", _list(identity))
    rules = tuple(_rule(entry, name) for entry in schema["properties"])
    return Dataset(name, schema["physicalName"], rules, more.get("keep", "log"), tuple(_list(key)), tuple(chosen))


def _rule(entry: Any, dataset: str) -> Rule:
    options, more, kind = entry.get("logicalTypeOptions") or {}, _more(entry), entry["logicalType"]
    is_time = kind == "timestamp"
    items = entry.get("items") or {}
    longest = options.get("maxLength", ID_LENGTH if entry["name"].endswith("_id") else None)
    return Rule(
        name=entry["name"],
        kind=kind,
        path=_path(more.get("jsonPath"), entry.get("physicalName", entry["name"])),
        required=bool(entry.get("required")),
        allowed=tuple(one["value"] for one in entry.get("enum") or ()),
        low=None if is_time else _number(options.get("minimum")),
        high=None if is_time else _number(options.get("maximum")),
        first=_time(options.get("minimum")) if is_time else None,
        last=_time(options.get("maximum")) if is_time else None,
        shortest=options.get("minLength", 0),
        longest=longest,
        pattern=options.get("pattern"),
        unit=more.get("unit"),
        form=more.get("timestampFormat"),
        words={word: _ours(ours) for word, ours in (more.get("valueMap") or {}).items()},
        default=more.get("default", UNNAMED.get((dataset, entry["name"]))),
        constant=more.get("constant"),
        needed_when={name: _list(values) for name, values in (more.get("requiredWhen") or {}).items()},
        members=tuple(_rule(member, "") for member in items.get("properties") or ()),
    )


def _more(entry: Any) -> dict[str, Any]:
    return {one["property"]: one["value"] for one in entry.get("customProperties") or ()}


def _path(json_path: str | None, name: str) -> tuple[str, ...]:
    return (name,) if json_path is None else tuple(plain or quoted for plain, quoted in STEP.findall(json_path))


def _ours(word: str | None) -> str:
    return NONE if word is None or word.lower() == "none" else word


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
