"""`ecom contracts try`: the judge's verdicts on the spot, without Spark and without any service."""

import gc
import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ecom.base.settings import ROOT
from ecom.cli import app
from ecom.contracts.judge import Judge
from ecom.contracts.loader import load_contracts
from ecom.contracts.trial import Line, Trial
from tests.contract.messages import BROKER, CASES, ITEM, ORDER, PAYMENT, write

CONTRACT = str(ROOT / "contracts" / "orders.odcs.yaml")
GOOD = write(dict(ORDER))
BAD = write({**ORDER, "event_id": '"e-9"', "total_amount": "1E+3"})


def tried(*words: str, given: str = "") -> tuple[int, str]:
    found = CliRunner().invoke(app, ["contracts", "try", *words], input=given)
    return found.exit_code, found.output


def test_a_rejected_message_is_told_with_line_field_rule_and_found() -> None:
    code, said = tried("-", "--contract", CONTRACT, given=f"{GOOD}\n\n{BAD}\n")
    assert code == 1
    assert said.splitlines() == [
        "-:3: rejected (orders)",
        "    total_amount  wrong_type  1E+3 (number); wanted: a number without exponent, or a string of one",
        "2 messages: 1 accepted, 0 duplicates, 1 rejected",
        "            1  total_amount  wrong_type",
    ]


def test_exit_is_zero_when_all_are_accepted() -> None:
    assert tried("-", "--contract", CONTRACT, given=GOOD) == (
        0,
        "1 message: 1 accepted, 0 duplicates, 0 rejected\n",
    )


@pytest.mark.parametrize("words", [("-", "--contract", CONTRACT), ("/nowhere.jsonl", "--contract", CONTRACT)])
def test_memory_is_collected_afterwards_as_before(words: tuple[str, ...]) -> None:
    assert gc.isenabled()
    tried(*words, given=GOOD)
    assert gc.isenabled()


def test_json_has_a_line_a_message_and_the_counts_last() -> None:
    code, said = tried("-", "--contract", CONTRACT, "--json", given=f"{GOOD}\n{GOOD}\n{BAD}\n")
    first, second, third, counts = map(json.loads, said.splitlines())
    assert code == 1
    assert first["verdict"] == "accepted" and first["values"]["total_amount"] == "19.99"
    assert first["values"]["event_ts"] == "2026-01-31T10:00:00Z"
    assert (second["verdict"], second["first"]) == ("duplicate", "-:1")
    assert third["reasons"] == [{"field": "total_amount", "rule": "wrong_type", "found": third["reasons"][0]["found"]}]
    assert counts["counts"] == {"accepted": 1, "duplicate": 1, "rejected": 1}
    assert counts["rules"] == [{"field": "total_amount", "rule": "wrong_type", "messages": 1}]


def test_records_of_a_file_are_tried_by_their_topics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOM_CONTRACTS", str(ROOT / "contracts"))
    file = tmp_path / "records.jsonl"
    lines = [
        f'{{"topic":"orders.events","value":{GOOD}}}',
        f'{{"topic":"payments.events","value":{write(dict(PAYMENT))}}}',
    ]
    file.write_text("\n".join([*lines, '{"topic":"clicks","value":{}}', '{"topic":"orders.events","value":null}']))
    code, said = tried(str(file), "--json")
    found = [json.loads(line) for line in said.splitlines()]
    assert [(one["dataset"], one["verdict"]) for one in found[:-1]] == [
        ("orders", "accepted"), ("payments", "accepted"), (None, "other"), ("orders", "rejected"),
    ]  # fmt: skip
    assert found[3]["reasons"][0]["rule"] == "null_value" and code == 1


def test_a_message_of_no_topic_needs_a_dataset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOM_CONTRACTS", str(ROOT / "contracts"))
    found = CliRunner().invoke(app, ["contracts", "try", "-"], input=GOOD)
    assert "-:1: the message says nothing of its topic; name its contract with --dataset." in str(found.exception)
    assert tried("-", "--dataset", "orders", given=GOOD)[0] == 0


def test_a_dataset_without_contract_and_a_missing_file_are_told() -> None:
    wrong = {("--dataset", "returns"): "no contract of dataset `returns`", ("--contract", CONTRACT): "Cannot read"}
    for words, said in wrong.items():
        assert said in str(CliRunner().invoke(app, ["contracts", "try", "/nowhere.jsonl", *words]).exception)


def test_the_verdicts_are_the_judges_own() -> None:
    contracts = load_contracts(ROOT / "contracts")
    now_us = int(BROKER.timestamp()) * 1_000_000
    for name, contract in contracts.items():
        cases = [case for case in CASES if case.subject == name]
        values = [case.text.encode() if case.text is not None else case.raw_bytes for case in cases]
        trial = Trial([], only=contract, now=BROKER)
        found = list(trial.each(Line("f", at, b"k", value) for at, value in enumerate(values)))
        alone = [Judge(contract)(b"k", value, now_us, now_us).reasons for value in values]
        conflicts = {at for at, one in enumerate(found) if any(r.rule == "conflict" for r in one.reasons)}
        assert [one.reasons for at, one in enumerate(found) if at not in conflicts] == [
            reasons for at, reasons in enumerate(alone) if at not in conflicts
        ]
        assert not any(alone[at] for at in conflicts)


def test_a_second_event_of_one_id_with_other_fields_is_a_conflict() -> None:
    other = write({**ORDER, "user_id": '"u-2"'})
    _, said = tried("-", "--contract", CONTRACT, given=f"{GOOD}\n{other}\n")
    assert "event_id  conflict  other fields than the copy at -:1" in said


def test_a_payment_told_again_is_a_duplicate_where_the_contract_says_so(tmp_path: Path) -> None:
    text = (ROOT / "contracts" / "payments.odcs.yaml").read_text()
    path = tmp_path / "payments.odcs.yaml"
    custom = "    customProperties: [{property: identity, value: payment}]\n    properties:\n      - name: event_id"
    path.write_text(text.replace("    properties:\n      - name: event_id", custom))
    again = write({**PAYMENT, "event_id": '"e-3"'})
    _, said = tried("-", "--contract", str(path), given=f"{write(dict(PAYMENT))}\n{again}\n")
    assert said.startswith("2 messages: 1 accepted, 1 duplicates")


def test_ten_thousand_messages_a_second() -> None:
    items = ",".join([write(dict(ITEM))] * 2)
    lines = [write({**ORDER, "event_id": f'"e-{n}"', "items": f"[{items}]"}).encode() for n in range(10_000)]
    trial = Trial([], only=load_contracts(ROOT / "contracts")["orders"])
    began = time.process_time()
    assert all(
        one.verdict == "accepted" for one in trial.each(Line("f", n, None, line) for n, line in enumerate(lines))
    )
    assert time.process_time() - began < 1
