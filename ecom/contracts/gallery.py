"""Contracts of messages that shops and payment providers really send, to begin with."""

from pathlib import Path

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import ROOT
from ecom.contracts.loader import PATTERN, load_contract
from ecom.contracts.model import Contract

FOLDER = ROOT / "contracts" / "gallery"
_SUFFIX = PATTERN.removeprefix("*")


def gallery() -> dict[str, Contract]:
    """Name to contract."""
    return {path.name.removesuffix(_SUFFIX): load_contract(path) for path in sorted(FOLDER.glob(PATTERN))}


def use(name: str, folder: Path) -> Path:
    """Copies one into the folder of contracts. Raises EcomError (usage) where there is none of this name, or where a
    file or a contract of its dataset is there already: nothing is overwritten."""
    known = gallery()
    if name not in known:
        raise EcomError(f"There is no contract `{name}` in the gallery; it has: {', '.join(known)}.", ExitCode.USAGE)
    target = folder / f"{name}{_SUFFIX}"
    if target.exists():
        raise EcomError(f"{target} is there already and is not overwritten; move it away first.", ExitCode.USAGE)
    for path in sorted(folder.glob(PATTERN)):
        other = load_contract(path)
        if other.dataset == known[name].dataset:
            why = f"{path}:{other.line}: this is the contract of `{other.dataset}` already, and there is one a dataset"
            raise EcomError(f"{why}; move it away, or let ECOM_CONTRACTS name another folder.", ExitCode.USAGE)
    folder.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        file.write((FOLDER / target.name).read_bytes())
    return target
