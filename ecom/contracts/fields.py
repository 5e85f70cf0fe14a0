"""From an entry of a contract's YAML, already checked, to a Field."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from ecom.contracts import properties
from ecom.contracts.model import NONE, AsJson, Field, Match, Step


def field_of(entry: Any, line: int) -> Field:
    """`line` is where the entry begins in its file."""
    options, custom = entry.get("logicalTypeOptions") or {}, properties.of(entry)
    is_timestamp = entry["logicalType"] == "timestamp"
    return Field(
        name=entry["name"],
        type=entry["logicalType"],
        path=_path(entry, custom),
        required=entry.get("required", False),
        description=one_line(entry.get("description", "")),
        enum=tuple(allowed["value"] for allowed in entry.get("enum") or ()),
        minimum=None if is_timestamp else _decimal(options.get("minimum")),
        maximum=None if is_timestamp else _decimal(options.get("maximum")),
        earliest=_instant(options.get("minimum")) if is_timestamp else None,
        latest=_instant(options.get("maximum")) if is_timestamp else None,
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        pattern=options.get("pattern"),
        unit=custom.get("unit"),
        timestamp_format=_text(custom.get("timestampFormat")),
        time_zone=_text(custom.get("timeZone")),
        ambiguous_time=custom.get("ambiguousTime", "reject"),
        json_types=tuple(properties.listed(custom.get("jsonType"))),
        fold_case=custom.get("foldCase", False),
        trim=custom.get("trim", False),
        exponent=custom.get("exponent", False),
        rounding=custom.get("round"),
        minor_digits={str(code): int(digits) for code, digits in (custom.get("minorDigits") or {}).items()},
        source=_text(custom.get("from")),
        is_lenient=custom.get("severity") == "warning",
        words=_words(custom.get("valueMap")),
        default=_filled(entry, custom.get("default")),
        constant=_filled(entry, custom.get("constant")),
        required_when=_required_when(custom.get("requiredWhen")),
        fields=tuple(field_of(member, line_of_entry(member)) for member in _members(entry)),
        examples=tuple(entry.get("examples") or ()),
        line=line,
    )


def line_of_entry(entry: Any) -> int:
    """Where a YAML mapping begins, from 1; 0 where it does not say."""
    at = getattr(entry, "lc", None)
    return 0 if at is None or at.line is None else at.line + 1


def one_line(text: str) -> str:
    return " ".join(str(text).split())


def _members(entry: Any) -> list[Any]:
    items = entry.get("items") or {}
    return list(items.get("properties") or ()) if items.get("logicalType") == "object" else []


def _path(entry: Any, custom: dict[str, Any]) -> tuple[Step, ...]:
    if "jsonPath" not in custom:
        return () if "from" in custom else (str(entry.get("physicalName", entry["name"])),)
    steps = tuple(_step(step) for step in re.finditer(properties.JSON_PATH_STEP, custom["jsonPath"]))
    return (AsJson(), *steps) if "from" in custom else steps


def _step(step: re.Match[str]) -> Step:
    if step["json"]:
        return AsJson()
    if step["index"]:
        return int(step["index"])
    if step["where"]:
        return Match(tuple(step["where"].split(".")), step["word"] or step["words"])
    return step["plain"] or step["quoted"]


def _text(value: Any) -> str | None:
    """As a plain string: YAML's own kinds of it need not go to the executors."""
    return None if value is None else str(value)


def _words(given: Any) -> dict[str, str]:
    """A word that is none of ours, by name, becomes NONE."""
    return {word: NONE if ours is None or ours.lower() == "none" else str(ours) for word, ours in (given or {}).items()}


def _required_when(given: Any) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(values) if isinstance(values, list) else (values,) for name, values in (given or {}).items()}


def _filled(entry: Any, value: Any) -> Any:
    """A constant or default as the column holds it."""
    if value is None or entry["logicalType"] not in ("integer", "number"):
        return str(value) if isinstance(value, str) else value
    is_amount = "unit" in properties.of(entry)
    return Decimal(str(value)) if is_amount or entry["logicalType"] == "number" else int(value)


def _decimal(value: int | float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(float(value)) if isinstance(value, float) else int(value))


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
