"""Contracts from their folder: valid by the standard, then by what the platform can do with them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import Settings
from ecom.contracts import properties, seeds
from ecom.contracts.checks import check, key_of
from ecom.contracts.document import read_document
from ecom.contracts.fields import field_of, line_of_entry, one_line
from ecom.contracts.model import Contract, Field

PATTERN = "*.odcs.yaml"


def load_datasets(settings: Settings) -> dict[str, Contract]:
    """Dataset to contract, topics as the settings name them. Raises EcomError (usage): file, line, what is wrong."""
    return load_contracts(settings.ecom_contracts, settings.topics)


def dataset_topics(settings: Settings) -> dict[str, str]:
    """Dataset to the topic that its records are sent to."""
    return {name: contract.topic for name, contract in load_datasets(settings).items()}


def load_contracts(folder: Path, topics: Mapping[str, str] | None = None) -> dict[str, Contract]:
    """Dataset to contract, in the order of their files. `topics` overrides the contracts' own.

    Raises EcomError (usage) on anything wrong: file, line, what.
    """
    paths = sorted(folder.glob(PATTERN))
    if not paths:
        what = "holds no *.odcs.yaml" if folder.is_dir() else "does not exist"
        raise EcomError(f"The contracts folder {folder} {what}; set ECOM_CONTRACTS to one that does.", ExitCode.USAGE)
    contracts = _all_of(paths, topics or {})
    _refuse_repeated(contracts, "dataset", lambda contract: contract.dataset)
    _refuse_repeated(contracts, "topic", lambda contract: contract.topic)
    unknown = sorted((topics or {}).keys() - {contract.dataset for contract in contracts})
    if unknown:
        sentence = f"A setting names a topic for `{unknown[0]}`, and {folder} has no contract of that dataset."
        raise EcomError(sentence, ExitCode.USAGE)
    return {contract.dataset: contract for contract in contracts}


def _all_of(paths: Iterable[Path], topics: Mapping[str, str]) -> list[Contract]:
    contracts, problems = [], []
    for path in paths:
        try:
            contracts.append(load_contract(path, topics))
        except EcomError as error:
            problems.append(str(error))
    if problems:
        raise EcomError("\n".join(problems), ExitCode.USAGE)
    return contracts


def _refuse_repeated(contracts: list[Contract], what: str, of: Callable[[Contract], str]) -> None:
    first: dict[str, Contract] = {}
    for contract in contracts:
        other = first.setdefault(of(contract), contract)
        if other is not contract:
            sentence = f"{contract.path}:{contract.line}: {what} `{of(contract)}` is that of {other.path} already."
            raise EcomError(sentence, ExitCode.USAGE)


def load_contract(path: Path, topics: Mapping[str, str] | None = None) -> Contract:
    """The contract in one file. Raises EcomError (usage) with every problem: file, line, what is wrong."""
    document = read_document(path)
    check(document)
    document.refuse()
    data = document.data
    schema = data["schema"][0]
    team, custom = data.get("team") or {}, properties.of(schema)
    return Contract(
        dataset=str(schema["name"]),
        topic=(topics or {}).get(schema["name"], str(schema["physicalName"])),
        version=str(data["version"]),
        fields=tuple(_field(schema["name"], entry) for entry in schema["properties"]),
        title=data.get("name", schema["name"]),
        description=one_line(schema.get("description", "")),
        owner=team.get("name", "") if isinstance(team, dict) else "",
        promises=tuple((sla["property"], _promise(sla)) for sla in data.get("slaProperties") or ()),
        quality=tuple(one_line(rule["description"]) for rule in schema.get("quality") or () if "description" in rule),
        keep=custom.get("keep", "log"),
        key=tuple(key_of(schema)),
        identity=properties.identity(custom.get("identity")),
        path=path,
        line=line_of_entry(schema),
    )


def _field(dataset: str, entry: Any) -> Field:
    field = field_of(entry, line_of_entry(entry))
    default = seeds.DEFAULTS.get((dataset, field.name))
    return field if default is None or field.default is not None else replace(field, default=default)


def _promise(sla: Any) -> str:
    return one_line(sla.get("description") or f"{sla['value']} {sla.get('unit', '')}")
