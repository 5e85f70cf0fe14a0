"""The gallery's contracts, each with messages of its kind: the judge says what is right, and the oracle the same."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ecom.base.errors import EcomError
from ecom.base.settings import ROOT
from ecom.cli import app
from ecom.contracts.gallery import FOLDER, gallery, use
from ecom.contracts.judge import Judge
from ecom.contracts.loader import load_contracts
from ecom.contracts.trial import Line, Trial
from oracle.contracts import read_dataset
from tests.contract.both import both
from tests.contract.messages import BROKER

GALLERY = gallery()
MESSAGES = ROOT / "tests" / "contract" / "gallery"
CASES = [
    (path.stem, json.loads(line, parse_float=float))
    for path in sorted(MESSAGES.glob("*.jsonl"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


def test_every_contract_of_the_gallery_is_tried_with_messages() -> None:
    assert GALLERY.keys() == {name for name, _ in CASES} and len(GALLERY) >= 8


@pytest.mark.parametrize(("name", "case"), CASES, ids=lambda value: value if isinstance(value, str) else value["is"])
def test_a_message_as_they_really_come_is_read_right(name: str, case: dict[str, Any]) -> None:
    contract = GALLERY[name]
    value = json.dumps(case["message"]).encode()
    headers = tuple((header, text.encode()) for header, text in case.get("headers", ()))
    both(Judge(contract), read_dataset(FOLDER / f"{name}.odcs.yaml"), value, b"k", headers)
    (found,) = Trial([], only=contract, now=BROKER).each([Line("f", 1, b"k", value, headers=headers)])
    assert {(one.field, str(one.rule)) for one in found.reasons} == {tuple(one) for one in case.get("reasons", ())}
    assert sorted(one.field for one in found.warnings) == case.get("warnings", [])
    shown = json.loads(json.dumps(found.values, default=str))
    for column, expected in case.get("values", {}).items():
        assert _plain(shown.get(column)) == _plain(expected), column


def _plain(value: Any) -> Any:
    """Amounts without zeros at their end, members of items that are null left out."""
    if isinstance(value, list):
        return [{name: _plain(one) for name, one in item.items() if one is not None} for item in value]
    is_amount = isinstance(value, str) and value.count(".") == 1 and value.replace(".", "").isdigit()
    return value.rstrip("0").rstrip(".") if is_amount else value


def test_one_is_copied_and_nothing_is_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOM_CONTRACTS", str(tmp_path / "mine"))
    assert CliRunner().invoke(app, ["contracts", "use", "stripe_payments"]).exit_code == 0
    assert CliRunner().invoke(app, ["contracts", "use", "shopify_orders"]).exit_code == 0
    assert load_contracts(tmp_path / "mine").keys() == {"orders", "payments"}
    with pytest.raises(EcomError, match="is there already and is not overwritten"):
        use("stripe_payments", tmp_path / "mine")
    with pytest.raises(EcomError, match=r"stripe_payments.odcs.yaml:\d+: this is the contract of `payments` already"):
        use("paypal_payments", tmp_path / "mine")
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == [
        "shopify_orders.odcs.yaml",
        "stripe_payments.odcs.yaml",
    ]


def test_the_gallery_is_listed_and_a_wrong_name_told() -> None:
    said = CliRunner().invoke(app, ["contracts", "use"]).output
    assert "stripe_payments       payments  Stripe charges\n" in said
    with pytest.raises(EcomError, match="no contract `stripe` in the gallery; it has: cloudevents_orders, "):
        use("stripe", Path("/nowhere"))
