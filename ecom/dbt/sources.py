"""dbt's sources of the datasets, written from their contracts: every column described and typed."""

from collections.abc import Mapping
from typing import Any

import yaml

from ecom.base.settings import ROOT
from ecom.contracts.model import EVENT_ID, Contract, Field
from ecom.lake import tables

PATH = ROOT / "dbt_project" / "models" / "sources" / "datasets.yml"
HEADER = "# Written by `ecom contracts docs` from the contracts; change those, not this file.\n"
INSTANT = "timestamp(3) with time zone"
_PLACE = {
    "topic": ("varchar", "The Kafka topic of the record."),
    "partition": ("integer", "Its partition."),
    "offset": ("bigint", "Its offset."),
}
_CONFLICT = "row(topic varchar, partition integer, offset bigint)"
_REASONS = "array(row(field varchar, rule varchar, found varchar))"
Columns = Mapping[str, tuple[str, str]]  # name to type and description


def sources_yaml(contracts: Mapping[str, Contract]) -> str:
    """What belongs into the file PATH."""
    described = [_clean(contract) for contract in contracts.values()]
    described += [_latest(contract) for contract in contracts.values() if contract.keep == "latest"]
    described += [_QUARANTINE, _DUPLICATES]
    text: str = yaml.dump(
        {"sources": [{"name": "silver", "database": "delta", "schema": "silver", "tables": described}]},
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=116,
    )
    return HEADER + text


def are_current(contracts: Mapping[str, Contract]) -> bool:
    """Whether dbt's project describes what the contracts say."""
    return PATH.exists() and PATH.read_text(encoding="utf-8") == sources_yaml(contracts)


class _Plain(yaml.SafeDumper):  # type: ignore[misc]  # PyYAML has no types
    """Writes what is there twice twice: no reader wants to look up an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def trino_type(sql_type: str) -> str:
    """Spark's DDL type as Trino names it."""
    plain = {"string": "varchar", "timestamp": INSTANT, "array<string>": "array(varchar)"}
    if sql_type.startswith("array<struct<"):
        members = sql_type.removeprefix("array<struct<").removesuffix(">>").split(", ")
        inner = ", ".join(f"{name} {trino_type(kind)}" for name, kind in (m.split(": ") for m in members))
        return f"array(row({inner}))"
    return plain.get(sql_type, sql_type)


def _clean(contract: Contract) -> dict[str, Any]:
    return {
        "name": tables.clean(contract).name,
        "description": f"{contract.title}, accepted: {contract.description} See [the contract](contracts.html).",
        "config": {"loaded_at_field": "ingest_ts", "freshness": _FRESHNESS},
        "columns": [
            *_filled(contract),
            *_columns({"event_date": ("date", "The UTC day of `event_ts`.")}, tested=True),
            *_columns(_PLACE, tested=True),
            *_columns({"ingest_ts": (INSTANT, "When the record was received.")}, tested=True),
            _conflicts(),
        ],
    }


def _latest(contract: Contract) -> dict[str, Any]:
    places = _columns(_PLACE | {"updated_ts": (INSTANT, "When the row was last written.")})
    key = ", ".join(contract.key)
    return {
        "name": f"{contract.dataset}_current",
        "description": f"View of the latest of {contract.title.lower()}, a row for each {key}; deleted ones are out.",
        "config": {"freshness": None},
        "columns": [*(column for column in _filled(contract) if column["name"] != "is_deleted"), *places],
    }


def _filled(contract: Contract) -> list[dict[str, Any]]:
    described = {field.name: field for field in contract.fields}
    return [_column(contract, name, kind, described.get(name)) for name, kind in contract.columns.items()]


def _column(contract: Contract, name: str, sql_type: str, field: Field | None) -> dict[str, Any]:
    ours = {EVENT_ID: "Names the event; unique with `event_date` in its partition.", "is_deleted": "A tombstone."}
    found: dict[str, Any] = {
        "name": name,
        "description": field.description if field else ours[name],
        "data_type": trino_type(sql_type),
    }
    tests: list[Any] = []
    is_always_there = name == EVENT_ID or (field is not None and _is_filled(field))
    if is_always_there and contract.keep == "log":
        tests.append("not_null")
    if field is not None and field.outcomes and contract.keep == "log":
        tests.append({"accepted_values": {"arguments": {"values": sorted(field.outcomes)}}})
    return found | ({"data_tests": tests} if tests else {})


def _is_filled(field: Field) -> bool:
    """Whether no accepted message leaves the column null."""
    return field.constant is not None or (field.required and not field.is_lenient)


def _columns(columns: Columns, tested: bool = False) -> list[dict[str, Any]]:
    tests = {"data_tests": ["not_null"]} if tested else {}
    return [
        {"name": name, "description": description, "data_type": kind} | tests
        for name, (kind, description) in columns.items()
    ]


def _conflicts() -> dict[str, Any]:
    (column,) = _columns({"conflicts_with": (_CONFLICT, _CONFLICT_MEANS)})
    return column | {"data_tests": [{"always_null": {"config": {"severity": "warn"}}}]}


_FRESHNESS = {"warn_after": {"count": 1, "period": "hour"}, "error_after": {"count": 24, "period": "hour"}}
_CONFLICT_MEANS = "An accepted event of the same event_id and day, with other content, in another partition."
_QUARANTINE: dict[str, Any] = {
    "name": "quarantine",
    "description": "View of the rejected records of all topics, each with every rule of "
    "[the contracts](contracts.html) that it breaks.",
    "config": {"freshness": None},
    "columns": [
        *_columns(_PLACE, tested=True),
        *_columns(
            {
                "kafka_timestamp": (INSTANT, "Kafka's timestamp of the record."),
                "raw_key": ("varchar", "Its key."),
                "raw_value": ("varchar", "Its value, where that is UTF-8."),
                "raw_bytes": ("varbinary", "Its value, where that is not UTF-8."),
            }
        ),
        *_columns(
            {"reasons": (_REASONS, "Field, rule and what was found, for each rule that it breaks.")}, tested=True
        ),
        *_columns(
            {
                "contract_version": ("varchar", "The version of the contract that it was judged by."),
                "quarantined_ts": (INSTANT, "When it was judged."),
            },
            tested=True,
        ),
    ],
}
_DUPLICATES: dict[str, Any] = {
    "name": "duplicates",
    "description": "View of the repeated records of all topics, each with where its first copy lies.",
    "config": {"freshness": None},
    "columns": [
        *_columns(_PLACE, tested=True),
        *_columns(
            {
                "event_id": ("varchar", "Names the event."),
                "first_topic": ("varchar", "The topic of its first copy."),
                "first_partition": ("integer", "The partition of its first copy."),
                "first_offset": ("bigint", "The offset of its first copy."),
                "duplicate_ts": (INSTANT, "When it was judged."),
            },
            tested=True,
        ),
    ],
}
