"""The platform's judge and the oracle's, which shares no code with it, on the same record."""

from typing import Any

from ecom.base.settings import ROOT
from ecom.contracts.judge import Judge, Judged
from ecom.contracts.loader import load_contracts
from oracle import read_datasets
from oracle.contracts import Dataset
from oracle.judge import judge as oracle_judge
from oracle.records import Record
from tests.contract.messages import BROKER

CONTRACTS = ROOT / "contracts"
FOLDERS = (CONTRACTS, ROOT / "tests" / "contract" / "words", ROOT / "tests" / "contract" / "wide")
JUDGES = {name: Judge(contract) for folder in FOLDERS for name, contract in load_contracts(folder).items()}
DATASETS: dict[str, Dataset] = {name: one for folder in FOLDERS for name, one in read_datasets(folder).items()}
STAMP_MS = int(BROKER.timestamp() * 1000)
Headers = tuple[tuple[str, bytes | None], ...]


def agree(dataset: str, value: bytes | None, key: bytes | None = b"k", headers: Headers = ()) -> Judged:
    """The same reasons from both; where there are none, the same values and warnings."""
    return both(JUDGES[dataset], DATASETS[dataset], value, key, headers)


def both(
    judge: Judge, dataset: Dataset, value: bytes | None, key: bytes | None = b"k", headers: Headers = ()
) -> Judged:
    judged = judge(key, _as_received(value), STAMP_MS * 1000, STAMP_MS * 1000, "t-0-0", headers)
    expected = oracle_judge(Record(dataset.name, "t", 0, 0, STAMP_MS, key, value, headers), dataset)
    reasons = frozenset((reason.field, str(reason.rule)) for reason in judged.reasons)
    if isinstance(expected, frozenset):
        assert reasons == expected, value
        return judged
    assert not reasons, value
    assert {(one.field, str(one.rule)) for one in judged.warnings} == expected.warnings, value
    found = dict(zip(judge.columns, judged.values, strict=True))
    assert found["event_ts"] == expected.event_us
    assert expected.event_id.startswith("\0") or found["event_id"] == expected.event_id
    for name, said in expected.values.items():
        if not str(said).startswith("synthetic:"):  # ids that are derived are each judge's own
            assert _comparable(found[name]) == _comparable(said), (name, value)
    return judged


def _as_received(value: bytes | None) -> bytes | str | None:
    """Text where it is UTF-8, as Bronze keeps it."""
    try:
        return value if value is None else value.decode()
    except UnicodeDecodeError:
        return value


def _comparable(value: Any) -> Any:
    return (
        [tuple(item) if isinstance(item, tuple) else item for item in value]
        if isinstance(value, list | tuple)
        else value
    )
