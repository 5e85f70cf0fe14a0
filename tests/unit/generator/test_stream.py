"""The generated stream: the same bytes everywhere, each trouble in its share, amounts with the right digits."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecom.base.settings import ROOT
from generator import REASONS, Fields, Message, Mix, generate, second_wave, shares, to_envelope
from generator.message import DIGITS, Number, encode, major

START = datetime(2026, 1, 31, tzinfo=UTC)
PROGRAM = """
import hashlib
from datetime import UTC, datetime
from generator import generate
digest = hashlib.sha256()
for m in generate(200, 7, datetime(2026, 1, 31, tzinfo=UTC)):
    digest.update(repr((m.subject, m.key, m.value, m.headers, m.event_ts, m.kind)).encode())
print(digest.hexdigest())
"""


@pytest.fixture(scope="module")
def stream() -> list[Message]:
    bad = {name: 0.01 for name in Mix().bad()}
    return list(generate(3_000, 7, START, mix=replace(Mix(), **bad)))


def test_same_arguments_give_the_same_bytes_in_any_zone_and_with_any_hash_seed() -> None:
    digest = hashlib.sha256()
    for m in generate(200, 7, START):
        digest.update(repr((m.subject, m.key, m.value, m.headers, m.event_ts, m.kind)).encode())
    for zone, hash_seed in (("Asia/Kolkata", "1"), ("America/St_Johns", "77")):
        environment = os.environ | {"TZ": zone, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == digest.hexdigest(), zone


@pytest.mark.parametrize("other", [{"seed": 8}, {"start": START + timedelta(hours=1)}, {"orders": 201}])
def test_streams_that_differ_in_any_argument_share_no_ids(other: dict[str, object]) -> None:
    base = {"orders": 200, "seed": 7, "start": START}
    first = list(generate(**base))  # type: ignore[arg-type]
    second = list(generate(**(base | other)))  # type: ignore[arg-type]
    assert not {m.key for m in first} & {m.key for m in second}
    assert not {m.event_id for m in first if m.event_id} & {m.event_id for m in second if m.event_id}


def test_every_kind_of_trouble_is_there(stream: list[Message]) -> None:
    kinds = Counter(message.kind for message in stream)
    own = {share.name for share in shares()} - {"duplicates", "unpaid", "free", "eur", "jpy", "kwd"}
    own -= {"amount_as_string", "no_event_id", "no_payment_id"}  # seen in the bytes, below
    assert own | {"plain", "duplicate"} <= set(kinds)


@pytest.mark.parametrize("kind", REASONS)
def test_a_share_of_a_bad_kind_is_kept_and_no_share_gives_none(kind: str, stream: list[Message]) -> None:
    good = sum(not m.kind.startswith("bad_") and m.kind != "duplicate" for m in stream)
    assert 0.003 < sum(m.kind == kind for m in stream) / good < 0.02
    assert not any(m.kind == kind for m in generate(300, 7, START, mix=replace(Mix(), **{kind: 0.0})))


def test_a_clean_mix_has_no_trouble() -> None:
    assert {message.kind for message in generate(300, 1, START, mix=Mix.clean())} == {"plain"}


@pytest.mark.parametrize(
    ("share", "kind"), [("late", "late"), ("cancelled", "cancelled"), ("refunded", "refunded"), ("partial", "partial")]
)
def test_a_share_of_one_reaches_every_order(share: str, kind: str) -> None:
    messages = list(generate(50, 1, START, mix=Mix.clean(**{share: 1.0})))
    assert {m.key for m in messages if m.kind == kind} == {m.key for m in messages}


def test_ids_are_absent_in_their_shares_and_currencies_are_there(stream: list[Message]) -> None:
    good = [m.fields for m in stream if m.fields and not m.kind.startswith("bad_")]
    assert any("event_id" not in fields for fields in good)
    assert any("amount_cents" in fields and "payment_id" not in fields for fields in good)
    assert {fields["currency"] for fields in good} == {"USD", "EUR", "JPY", "KWD"}
    assert any(type(fields.get("total_amount")) is str for fields in good)
    assert any(fields.get("items") == [] for fields in good)


def test_amounts_have_their_currencys_digits_and_totals_are_the_sum_of_the_items(stream: list[Message]) -> None:
    for message in stream:
        if message.subject != "orders" or message.value is None or message.kind.startswith("bad_"):
            continue
        order = json.loads(message.value, parse_float=Decimal)
        total = Decimal(order["total_amount"])
        assert -int(total.as_tuple().exponent) <= DIGITS[order["currency"]]
        assert total == sum(Decimal(item["unit_price"]) * item["quantity"] for item in order["items"])


def test_a_duplicate_carries_key_id_and_time_of_its_first_copy_and_comes_after_it(stream: list[Message]) -> None:
    first: dict[tuple[str, str | None], Message] = {}
    values = set()
    rewritten = 0
    for message in stream:
        if message.kind == "duplicate":
            if message.event_id is None:
                assert message.value in values
            else:
                original = first[message.subject, message.event_id]
                assert (original.key, original.event_ts) == (message.key, message.event_ts)
                rewritten += original.value != message.value
        values.add(message.value)
        first.setdefault((message.subject, message.event_id), message)
    assert rewritten > 0


def test_a_conflict_comes_after_the_message_that_it_contradicts(stream: list[Message]) -> None:
    seen: dict[str, Message] = {}
    for message in stream:
        if message.kind == "bad_conflict":
            assert message.event_id is not None
            original = seen[message.event_id]
            assert (original.key, original.event_ts) == (message.key, message.event_ts)
            assert original.value != message.value
        elif message.event_id:
            seen.setdefault(message.event_id, message)


def test_late_events_are_hours_to_days_older_than_their_neighbours(stream: list[Message]) -> None:
    newest = START
    for message in stream:
        if message.kind == "late":
            assert timedelta(minutes=30) < newest - message.event_ts < timedelta(days=4)
        elif message.kind == "plain":
            newest = max(newest, message.event_ts)


def test_no_event_is_after_the_end_of_the_span(stream: list[Message]) -> None:
    assert all(message.event_ts < START + timedelta(hours=6) for message in stream)
    short = list(generate(100, 3, START, timedelta(seconds=10)))
    assert all(message.event_ts < START + timedelta(seconds=10) for message in short)
    assert any(m.subject == "payments" for m in short)


def test_some_orders_fall_into_the_last_instants_of_a_minute(stream: list[Message]) -> None:
    assert any(m.subject == "orders" and m.event_ts.second == 59 and m.event_ts.microsecond > 999_500 for m in stream)


def test_an_envelope_holds_minor_units_and_epoch_milliseconds() -> None:
    fields: Fields = {"event_id": "e", "order_id": "o", "currency": "KWD", "total_amount": Number("1.250"), "items": []}
    stamped: Fields = fields | {"event_ts": "1970-01-01T00:00:01.234567Z"}
    message = Message("orders", "o", encode(stamped), START, fields=stamped)
    (enveloped,) = to_envelope([message])
    assert json.loads(enveloped.value or b"") == {
        "meta": {"eventId": "e"},
        "payload": {"orderId": "o", "currencyCode": "KWD", "totalMinor": 1250, "lines": [], "occurredAt": 1234},
    }


def test_a_second_wave_has_each_of_its_kinds_and_is_deterministic(stream: list[Message]) -> None:
    wave = list(second_wave(stream, 1))
    assert {m.kind for m in wave} == {"late_payment", "emptied_minute", "earlier_event", "duplicate"}
    assert wave == list(second_wave(stream, 1))


@pytest.mark.parametrize("wrong", [{"late": 1.1}, {"late": -0.1}, {"eur": 0.6, "jpy": 0.6}, {"bad_utf8": 1.0}])
def test_shares_that_cannot_be_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"share|together"):
        replace(Mix(), **wrong)


@given(st.integers(-(10**15), 10**15), st.sampled_from([0, 2, 3]))
def test_major_is_exact(minor: int, digits: int) -> None:
    assert Decimal(major(minor, digits)) * 10**digits == minor


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 30), st.integers(1, 3 * 86_400))
def test_any_seed_size_and_span_works(seed: int, orders: int, seconds: int) -> None:
    messages = list(generate(orders, seed, START, timedelta(seconds=seconds)))
    assert len({m.key for m in messages}) == orders
