"""Messages that are invented from a contract: the good ones are clean, each bad one breaks the rule that it is of."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import ROOT
from ecom.contracts.judge import Judge
from ecom.contracts.loader import load_contracts
from ecom.contracts.model import Contract
from generator.message import Message, micros, value_at
from generator.mix import REASONS, Mix
from generator.samples import samples

START = datetime(2026, 1, 31, tzinfo=UTC)
FOLDERS = (ROOT / "contracts", ROOT / "tests" / "contract" / "words", ROOT / "tests" / "contract" / "shapes")
CONTRACTS = [contract for folder in FOLDERS for contract in load_contracts(folder).values()]
# A kind that a contract leaves no room for: no amount in major units, no currency, a tombstone that deletes.
NOT_OF_ALL = {"bad_fraction_digits", "bad_currency", "bad_tombstone", "bad_conflict", "bad_negative"}


def invented(contract: Contract, count: int = 2_000, seed: int = 7) -> list[Message]:
    bad = {name: 0.02 for name in Mix().bad()}
    return list(samples(contract, count, seed, START, mix=replace(Mix(), **bad)))


def rules(contract: Contract, message: Message) -> set[str]:
    now = micros(START + timedelta(days=1))
    return {reason.rule for reason in Judge(contract)(message.key.encode(), message.value, now, now).reasons}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: f"{contract.path.parent.name}-{contract.dataset}")
def test_each_message_gets_the_verdict_that_its_kind_says(contract: Contract) -> None:
    messages = invented(contract)
    kinds = Counter(message.kind for message in messages)
    assert set(REASONS) - NOT_OF_ALL <= set(kinds)
    for message in messages:
        found = rules(contract, message)
        if message.kind.startswith("bad_") and message.kind not in ("bad_conflict", "bad_tombstone"):
            assert REASONS[message.kind] in found, (message.kind, message.value)
        elif message.kind != "bad_tombstone":
            assert found == set(), (message.kind, message.value)


FORMS = ("iso8601", "iso8601_lenient", "epoch_seconds", "epoch_millis", "epoch_micros", "epoch_nanos")


@pytest.mark.parametrize("form", FORMS)
def test_times_are_invented_in_the_contracts_form(form: str) -> None:
    fields = tuple(replace(f, timestamp_format=form) if f.name == "event_ts" else f for f in CONTRACTS[0].fields)
    contract = replace(CONTRACTS[0], fields=fields)
    for message in invented(contract, 200):
        expected = {REASONS[message.kind]} if message.kind == "bad_future" else set()
        if not message.kind.startswith("bad_") or expected:
            assert expected <= rules(contract, message) and (expected or not rules(contract, message)), message.value


def test_words_in_any_case_and_rounded_amounts_can_still_be_spoiled() -> None:
    changes: dict[str, dict[str, Any]] = {
        "status": {"fold_case": True},
        "currency": {"fold_case": True},
        "total_amount": {"rounding": "half_up"},
    }
    orders = next(contract for contract in CONTRACTS if contract.dataset == "orders")
    fields = tuple(replace(field, **changes.get(field.name, {})) for field in orders.fields)
    contract = replace(orders, fields=fields)
    kinds = {message.kind: REASONS[message.kind] in rules(contract, message) for message in invented(contract, 1_000)
             if message.kind in ("bad_status", "bad_currency", "bad_fraction_digits")}  # fmt: skip
    assert kinds == {"bad_status": True, "bad_currency": True}


def test_what_stands_in_no_plain_place_is_told_and_not_invented() -> None:
    wide = load_contracts(ROOT / "tests" / "contract" / "wide")["wide"]
    with pytest.raises(EcomError, match=r"`.*`: no message can be invented with it as line .* of its contract says"):
        invented(wide, 1)


def test_the_same_seed_gives_the_same_bytes_and_another_others() -> None:
    first, again, other = (invented(CONTRACTS[0], 100, seed) for seed in (1, 1, 2))
    assert first == again
    assert not {m.event_id for m in first if m.event_id} & {m.event_id for m in other}


def test_messages_share_ids_so_that_a_key_has_a_history() -> None:
    payments = next(contract for contract in CONTRACTS if contract.dataset == "payments")
    keys = Counter(message.key for message in invented(payments))
    assert max(keys.values()) > 3 and len(keys) > 100
    orders = {str(value_at(m.fields, ("order_id",))) for m in invented(payments) if m.kind == "plain" and m.fields}
    assert orders <= set(keys)


def test_a_pattern_without_examples_is_said_with_its_line() -> None:
    coupons = next(contract for contract in CONTRACTS if contract.dataset == "coupons")
    without = replace(coupons, fields=tuple(replace(field, examples=()) for field in coupons.fields))
    with pytest.raises(EcomError, match=r"coupons.odcs.yaml:\d+: no value of `coupon_id` .* `examples`"):
        invented(without)
