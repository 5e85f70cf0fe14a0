"""Contracts from their folder: valid by the standard, then by what the platform can do with them."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from ecom.base.errors import EcomError, ExitCode
from ecom.contracts.checks import JSON_PATH_STEP, check
from ecom.contracts.columns import COLUMNS
from ecom.contracts.document import read_document
from ecom.contracts.model import Contract, Field

PATTERN = "*.odcs.yaml"


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Subject (`orders`, `payments`) to contract. Raises EcomError (usage) on anything wrong: file, line, what."""
    paths = sorted(folder.glob(PATTERN))
    if not paths:
        what = "holds no *.odcs.yaml" if folder.is_dir() else "does not exist"
        raise EcomError(f"The contracts folder {folder} {what}; set ECOM_CONTRACTS to one that does.", ExitCode.USAGE)
    contracts = _all_of(paths)
    subjects = [contract.subject for _, contract in contracts]
    for path, contract in contracts:
        if subjects.count(contract.subject) > 1:
            raise EcomError(f"{path}:1: `{contract.subject}` has more than one contract in {folder}.", ExitCode.USAGE)
    missing = [subject for subject in COLUMNS if subject not in subjects]
    if missing:
        sentence = f"{folder} has no contract whose schema object is named `{missing[0]}`; add {missing[0]}.odcs.yaml."
        raise EcomError(sentence, ExitCode.USAGE)
    return {contract.subject: contract for _, contract in contracts}


def _all_of(paths: Iterable[Path]) -> list[tuple[Path, Contract]]:
    contracts, problems = [], []
    for path in paths:
        try:
            contracts.append((path, load_contract(path)))
        except EcomError as error:
            problems.append(str(error))
    if problems:
        raise EcomError("\n".join(problems), ExitCode.USAGE)
    return contracts


def load_contract(path: Path) -> Contract:
    """The contract in one file. Raises EcomError (usage) with every problem: file, line, what is wrong."""
    document = read_document(path)
    check(document)
    document.refuse()
    data = document.data
    schema = data["schema"][0]
    team = data.get("team") or {}
    return Contract(
        subject=schema["name"],
        topic=schema["physicalName"],
        version=data["version"],
        fields=tuple(_field(entry) for entry in schema["properties"]),
        title=data.get("name", schema["name"]),
        description=_one_line(schema.get("description", "")),
        owner=team.get("name", "") if isinstance(team, dict) else "",
        promises=tuple((sla["property"], _promise(sla)) for sla in data.get("slaProperties", ())),
        quality=tuple(_one_line(rule["description"]) for rule in schema.get("quality", ()) if "description" in rule),
    )


def custom_properties(entry: Any) -> dict[str, Any]:
    return {custom["property"]: custom["value"] for custom in entry.get("customProperties", ())}


def _field(entry: Any) -> Field:
    options, custom = entry.get("logicalTypeOptions", {}), custom_properties(entry)
    is_timestamp = entry["logicalType"] == "timestamp"
    return Field(
        name=entry["name"],
        type=entry["logicalType"],
        path=_path(entry, custom),
        required=entry.get("required", False),
        description=_one_line(entry.get("description", "")),
        enum=tuple(allowed["value"] for allowed in entry.get("enum", ())),
        minimum=None if is_timestamp else _decimal(options.get("minimum")),
        maximum=None if is_timestamp else _decimal(options.get("maximum")),
        earliest=_instant(options.get("minimum")) if is_timestamp else None,
        latest=_instant(options.get("maximum")) if is_timestamp else None,
        min_length=options.get("minLength"),
        max_length=options.get("maxLength"),
        pattern=options.get("pattern"),
        unit=custom.get("unit"),
        timestamp_format=custom.get("timestampFormat"),
        fields=tuple(_field(member) for member in entry.get("items", {}).get("properties", ())),
    )


def _path(entry: Any, custom: dict[str, Any]) -> tuple[str, ...]:
    if "jsonPath" not in custom:
        return (entry.get("physicalName", entry["name"]),)
    return tuple(plain or quoted for plain, quoted in re.findall(JSON_PATH_STEP, custom["jsonPath"]))


def _decimal(value: int | float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(float(value)) if isinstance(value, float) else int(value))


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _promise(sla: Any) -> str:
    return _one_line(sla.get("description") or f"{sla['value']} {sla.get('unit', '')}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
