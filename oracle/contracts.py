"""Contracts as the oracle reads them, by itself, from the YAML: the platform's own reader may be wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

# One step of a path: a name, or in brackets a quoted name, a number, or a name that must hold a word.
STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_-]*(?:\(\))?)|\['([^']+)'\]|\[(\d+)\]|\[([^\]'=]+)='?([^\]']+)'?\]")
AS_JSON = "json()"
Step = tuple[str, Any]  # key, index, json, or where with (names, word)
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
    path: tuple[Step, ...]
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
    zone: str | None = None
    twice: str = "reject"
    json_types: tuple[str, ...] = ()
    folds: bool = False
    trims: bool = False
    takes_exponent: bool = False
    rounds: str | None = None
    digits: Mapping[str, int] = field(default_factory=dict)
    source: str | None = None
    only_warns: bool = False


@dataclass(frozen=True)
class Dataset:
    """`identity`: columns by which a repeat is known besides its event_id; empty: none."""

    name: str
    topic: str
    rules: tuple[Rule, ...]
    keep: str = "log"
    key: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()


def read_dataset(path: Path) -> Dataset:
    """That of one contract's file."""
    return _dataset(yaml.safe_load(path.read_text(encoding="utf-8")))


def read_datasets(folder: Path, topics: Mapping[str, str] | None = None) -> dict[str, Dataset]:
    """Those of the folder's contracts, by name; `topics` overrides theirs."""
    found = (read_dataset(path) for path in sorted(folder.glob("*.odcs.yaml")))
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
        path=_path(more, entry.get("physicalName", entry["name"])),
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
        zone=more.get("timeZone"),
        twice=more.get("ambiguousTime", "reject"),
        json_types=tuple(_list(more.get("jsonType", []))),
        folds=more.get("foldCase", False),
        trims=more.get("trim", False),
        takes_exponent=more.get("exponent", False),
        rounds=more.get("round"),
        digits=more.get("minorDigits") or {},
        source=more.get("from"),
        only_warns=more.get("severity") == "warning",
    )


def _more(entry: Any) -> dict[str, Any]:
    return {one["property"]: one["value"] for one in entry.get("customProperties") or ()}


def _path(more: dict[str, Any], name: str) -> tuple[Step, ...]:
    if "jsonPath" not in more:
        return () if "from" in more else (("key", name),)
    steps = tuple(_step(*found) for found in STEP.findall(more["jsonPath"]))
    return (("json", None), *steps) if "from" in more else steps


def _step(plain: str, quoted: str, index: str, names: str, word: str) -> Step:
    if plain == AS_JSON:
        return "json", None
    if index:
        return "index", int(index)
    return ("where", (names.split("."), word)) if names else ("key", plain or quoted)


def _ours(word: str | None) -> str:
    return NONE if word is None or word.lower() == "none" else word


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
