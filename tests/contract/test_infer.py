"""`ecom contracts infer`: a draft from samples, that `ecom contracts check` takes and that accepts the samples."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ecom.base.settings import ROOT
from ecom.cli import app
from ecom.contracts.loader import load_contract, load_contracts
from ecom.contracts.trial import Line, Trial
from generator.mix import Mix
from generator.samples import samples

LINES = [
    {
        "id": 9007199254740993 + at,
        "createdAt": f"2026-01-31T10:00:{at:02}+0100",
        "currency": "usd",
        "order status": ["paid", "open"][at % 2],
        "total": f"{at}.99",
        "fee_cents": at,
        "customer": {"email": f"a{at}@example.com", "user_id": "u-1"} if at % 3 else None,
        "is_test": "false",
        "payload": json.dumps({"note": f"text {at}"}),
        "lines": [{"sku": f"s-{at}", "price": 1.5, "tags": ["x"]}],
        "never": None,
        "mixed": at if at % 2 else [at],
        "bad'key": 1,
    }
    for at in range(12)
]


def inferred(folder: Path, lines: list[Any], *words: str) -> tuple[str, Path]:
    file, to = folder / "shop.jsonl", folder / "shop.odcs.yaml"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    found = CliRunner().invoke(app, ["contracts", "infer", str(file), "--to", str(to), *words])
    assert found.exit_code == 0, found.exception
    return to.read_text(encoding="utf-8"), to


def test_a_draft_says_what_each_field_probably_is(tmp_path: Path) -> None:
    _, path = inferred(tmp_path, LINES)
    contract = load_contract(path)
    fields = {field.name: field for field in contract.fields}
    assert (contract.dataset, contract.topic) == ("shop", "shop.events")
    assert (fields["event_ts"].timestamp_format, fields["event_ts"].json_path) == ("iso8601_lenient", "$.createdAt")
    assert (fields["event_id"].json_types, fields["event_id"].json_path) == (("integer",), "$.id")
    assert fields["currency"].fold_case
    assert (fields["total"].type, fields["total"].unit) == ("number", "major")
    assert (fields["fee_cents"].type, fields["fee_cents"].unit) == ("integer", "minor")
    assert fields["order_status"].enum == ("open", "paid") or fields["order_status"].enum == ("paid", "open")
    assert (fields["email"].json_path, fields["email"].required) == ("$.customer.email", False)
    assert (fields["is_test"].type, fields["is_test"].json_types) == ("boolean", ("string",))
    assert fields["note"].json_path == "$.payload.json().note"
    assert [member.name for member in fields["lines"].fields] == ["sku", "price"]


def test_doubts_counts_and_personal_data_are_comments(tmp_path: Path) -> None:
    text, _ = inferred(tmp_path, LINES)
    assert "# doubt: does it name the event?" in text
    assert '{value: "paid"} # 6' in text
    assert "classification: confidential # looks like data of a person" in text and "a1@example.com" not in text
    assert "# left out: $.mixed (array or integer)" in text
    assert "# left out: $.never (always null)" in text
    assert '# left out: the key "bad\'key", which no path can say' in text


def test_a_draft_accepts_the_samples_that_it_was_made_of(tmp_path: Path) -> None:
    _, path = inferred(tmp_path, LINES)
    trial = Trial([], only=load_contract(path))
    found = list(trial.each(Line("f", at, None, json.dumps(line).encode()) for at, line in enumerate(LINES)))
    assert [one.reasons for one in found if one.reasons] == []


@pytest.mark.parametrize("folder", ["contracts", "tests/contract/words"])
def test_drafts_of_invented_messages_are_valid_and_accept_them(tmp_path: Path, folder: str) -> None:
    for name, contract in load_contracts(ROOT / folder).items():
        start = datetime(2026, 1, 31, tzinfo=UTC)
        plain = Mix(**dict.fromkeys(Mix.__dataclass_fields__, 0.0))
        messages = list(samples(contract, 60, 7, start, timedelta(hours=1), plain))
        file, to = tmp_path / f"{name}.jsonl", tmp_path / f"{name}.odcs.yaml"
        file.write_bytes(b"\n".join(message.value or b"" for message in messages))
        words = ["contracts", "infer", str(file), "--to", str(to), "--dataset", f"my_{name}"]
        assert CliRunner().invoke(app, words).exit_code == 0
        trial = Trial([], only=load_contract(to))
        lines = (Line("f", at, b"k", message.value) for at, message in enumerate(messages))
        assert {(one.field, one.rule) for tried in trial.each(lines) for one in tried.reasons} == set()


def test_words_that_no_rule_counts_are_a_doubt(tmp_path: Path) -> None:
    lines = [line | {"status": "succeeded"} for line in LINES]
    text, _ = inferred(tmp_path, lines, "--dataset", "payments")
    assert "# doubt: our rules know AUTHORIZED, CAPTURED, FAILED, REFUNDED: map the words by valueMap" in text


@pytest.mark.parametrize(
    ("times", "form", "is_doubted"),
    [
        (["27.11.2026 10:00"], "dd.MM.yyyy HH:mm", False),
        (["11/27/2026"], "MM/dd/yyyy", False),
        (["01/02/2026", "03/04/2026"], "MM/dd/yyyy", True),
        (["Fri, 27 Nov 2026 10:00:00 +0000"], "EEE, dd MMM yyyy HH:mm:ss XX", False),
    ],
)
def test_a_date_of_two_readings_is_a_doubt(tmp_path: Path, times: list[str], form: str, is_doubted: bool) -> None:
    text, path = inferred(tmp_path, [{"created": time} for time in times])
    field = load_contract(path).field("event_ts")
    assert field is not None and field.timestamp_format == form
    assert ("which of both is it?" in text) == is_doubted


def test_messages_without_a_time_leave_a_doubt(tmp_path: Path) -> None:
    text, _ = inferred(tmp_path, [{"a": 1}])
    assert "# doubt: no field is a time in every message" in text


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    to = tmp_path / "there.yaml"
    to.write_text("mine")
    found = CliRunner().invoke(app, ["contracts", "infer", "-", "--to", str(to)], input="{}")
    assert "is there already and is not overwritten" in str(found.exception) and to.read_text() == "mine"


def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    two = '{"topic":"a","value":{}}\n{"topic":"b","value":{}}'
    for given, said in (("5\n[]", "no line holds a JSON object"), (two, "of several topics (a, b)")):
        found = CliRunner().invoke(app, ["contracts", "infer", "-", "--dataset", "x"], input=given)
        assert said in str(found.exception)
    found = CliRunner().invoke(app, ["contracts", "infer", "-"], input="{}")
    assert "cannot name a dataset; give --dataset" in str(found.exception)
