"""The oracle's rules on inline messages: if it is wrong, every comparison with it proves nothing."""

import ast
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from ecom.base.settings import ROOT
from generator import REASONS, Mix, generate, to_envelope
from oracle import Dataset, GoldRow, Oracle, Record, compare, read_datasets, recompute

CANONICAL = read_datasets(ROOT / "contracts")
ENVELOPE = read_datasets(ROOT / "tests" / "contract" / "shapes")
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
BROKER_MS = int(NOON.timestamp() * 1000)
TEN = datetime(2026, 1, 31, 10, tzinfo=UTC)


def order(**other: Any) -> dict[str, Any]:
    base = {"event_id": "e1", "order_id": "o1", "user_id": "u1", "status": "CREATED", "currency": "USD"}
    return base | {"total_amount": 10, "items": [], "event_ts": "2026-01-31T10:00:30Z"} | other


def payment(**other: Any) -> dict[str, Any]:
    base = {"event_id": "p1", "payment_id": "p1", "order_id": "o1", "amount_cents": 1000, "currency": "USD"}
    return base | {"status": "CAPTURED", "method": "card", "event_ts": "2026-01-31T10:01:00Z"} | other


def ask(*messages: dict[str, Any] | bytes | str | None, datasets: dict[str, Dataset] = CANONICAL) -> Oracle:
    """The oracle's answer to messages in this order, all in one partition."""
    records = []
    for number, message in enumerate(messages):
        value = json.dumps(message).encode() if isinstance(message, dict) else message
        value = value.encode() if isinstance(value, str) else value
        subject = "payments" if value and b"amount_cents" in value else "orders"
        records.append(Record(subject, subject, 0, number, BROKER_MS, b"o1", value))
    return recompute(records, datasets)


def verdict(message: dict[str, Any] | bytes | str | None) -> set[str]:
    """The rules that one message breaks."""
    (judged,) = ask(message).verdicts.values()
    assert (judged.kind == "quarantined") == bool(judged.rules)
    return set(judged.rules)


def raw(amount: str, currency: str = "USD") -> str:
    return json.dumps(order(currency=currency, total_amount="AMOUNT")).replace('"AMOUNT"', amount)


def kinds(answer: Oracle) -> list[str]:
    return [judged.kind for judged in answer.verdicts.values()]


def test_a_paid_order_is_gold_in_its_minute() -> None:
    assert ask(order(), payment()).gold == {(TEN, "USD"): GoldRow(Decimal(10), Decimal(0), Decimal(10), 1)}


def test_an_order_that_is_not_paid_whole_or_not_known_is_not_gold() -> None:
    assert ask(order(), payment(amount_cents=999)).gold == {}
    assert ask(payment()).gold == {}
    assert ask(payment()).orders["o1"].total_amount is None


def test_an_order_of_total_zero_is_paid_without_payments() -> None:
    assert ask(order(total_amount=0)).gold == {(TEN, "USD"): GoldRow(Decimal(0), Decimal(0), Decimal(0), 1)}


def test_only_captured_payments_in_the_orders_own_currency_pay() -> None:
    assert ask(order(), payment(currency="EUR")).gold == {}
    assert ask(order(), payment(currency="EUR")).orders["o1"].other_currency_payments == 1
    assert ask(order(), payment(status="AUTHORIZED")).gold == {}
    assert ask(order(), payment(status="FAILED")).gold == {}


def test_a_refund_lowers_net_sales_and_not_gmv() -> None:
    refund = payment(event_id="p2", status="REFUNDED", amount_cents=250)
    assert ask(order(), payment(), refund).gold[TEN, "USD"] == GoldRow(Decimal(10), Decimal("2.5"), Decimal("7.5"), 1)


def test_a_cancelled_order_leaves_gold_and_a_later_status_brings_it_back() -> None:
    cancelled = order(event_id="e2", status="CANCELLED", event_ts="2026-01-31T10:05:00Z")
    assert ask(order(), payment(), cancelled).gold == {}
    again = order(event_id="e3", status="PAID", event_ts="2026-01-31T10:06:00Z")
    assert len(ask(order(), payment(), cancelled, again).gold) == 1


def test_the_latest_event_counts_by_time_then_by_offset_however_it_arrives() -> None:
    late = order(event_id="e0", status="CANCELLED", event_ts="2026-01-31T09:00:00Z")
    assert ask(order(), payment(), late).orders["o1"].status == "CREATED"
    same_time = order(event_id="e2", status="SHIPPED")
    assert ask(order(), same_time).orders["o1"].status == "SHIPPED"
    assert ask(same_time, order()).orders["o1"].status == "CREATED"


def test_the_earliest_order_event_gives_the_minute_and_payments_do_not_move_it() -> None:
    early = order(event_id="e0", event_ts="2026-01-31T08:07:00Z")
    paid_before = payment(event_ts="2026-01-01T00:00:00Z")
    assert list(ask(order(), paid_before, early).gold) == [(datetime(2026, 1, 31, 8, 7, tzinfo=UTC), "USD")]


def test_the_minute_is_cut_off_and_never_rounded() -> None:
    for stamp in ("2026-01-31T10:00:59.9996Z", "2026-01-31T10:00:59.9999999Z", "2026-01-31T19:00:59.999999+09:00"):
        assert list(ask(order(event_ts=stamp), payment()).gold) == [(TEN, "USD")], stamp


def test_currencies_are_never_added_together() -> None:
    yen = order(order_id="o2", event_id="e2", currency="JPY", total_amount=0)
    assert set(ask(order(total_amount=0), yen).gold) == {(TEN, "USD"), (TEN, "JPY")}


def test_minor_units_follow_the_currency() -> None:
    for currency, total in (("JPY", "1000"), ("USD", "10"), ("KWD", "1")):
        paid = ask(order(currency=currency, total_amount=total), payment(currency=currency))
        assert paid.gold[TEN, currency].gmv == Decimal(total)


def test_a_copy_is_a_duplicate_and_one_with_other_fields_a_conflict() -> None:
    answer = ask(order(), order(total_amount="10.00", extra=1), order(total_amount=11), order())
    assert kinds(answer) == ["clean", "duplicate", "quarantined", "duplicate"]
    assert list(answer.rejected().values()) == [{"conflict"}]
    assert answer.orders["o1"].event_count == 1


def test_the_lowest_offset_is_the_first_copy_however_the_records_are_read() -> None:
    records = [
        Record("orders", "orders", 0, offset, BROKER_MS, b"o1", json.dumps(order(total_amount=offset)).encode())
        for offset in (3, 1, 2)
    ]
    assert recompute(records, CANONICAL).orders["o1"].total_amount == 1


def test_a_retry_stamped_on_another_day_is_accepted_and_pays_once() -> None:
    answer = ask(order(total_amount=20), payment(), payment(event_ts="2026-01-30T23:59:59Z"))
    assert kinds(answer) == ["clean"] * 3
    assert answer.orders["o1"].paid_amount == 10
    assert answer.gold == {}


def test_without_an_event_id_equal_bytes_collapse_and_other_bytes_do_not() -> None:
    for none in ({"event_id": None}, {"event_id": ""}):
        anonymous = payment(**none)
        assert kinds(ask(anonymous, anonymous, payment(**none, method="paypal"))) == ["clean", "duplicate", "clean"]


def test_each_repeat_of_a_bad_message_is_rejected_again() -> None:
    assert kinds(ask(order(status="LOST"), order(status="LOST"))) == ["quarantined", "quarantined"]


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (None, "null_value"),
        (b"", "not_json"),
        (b'{"a": "\xff"}', "invalid_utf8"),
        (b"\xed\xa0\x80", "invalid_utf8"),
        ("{'a': 1}", "not_json"),
        (json.dumps(order()) + " junk", "not_json"),
        (json.dumps(order()) + "{}", "not_json"),
        (json.dumps(order())[:-1] + ',"status":"PAID"}', "not_json"),
        (json.dumps(order())[:-1] + ',"x":{"a":1,"a":2}}', "not_json"),
        (json.dumps(order())[:-1] + ',"x":"a\nb"}', "not_json"),
        (json.dumps(order())[:-1] + ',"x":' + "[" * 5_000 + "]" * 5_000 + "}", "not_json"),
        (raw("NaN"), "not_json"),
        (raw("-Infinity"), "not_json"),
        (raw("010"), "not_json"),
        (raw("1."), "not_json"),
        (raw("+1"), "not_json"),
        ("\ufeff" + json.dumps(order()), "not_json"),
        ("[1]", "wrong_type"),
        ("17", "wrong_type"),
        ("null", "wrong_type"),
    ],
)
def test_what_is_no_json_object_is_rejected_as_a_whole(value: bytes | str | None, rule: str) -> None:
    assert verdict(value) == {rule}


@pytest.mark.parametrize("fine", ["\\ud83d\\ude00", "\\u0000", "é", "\\\\ud800", "\\ud800", "\\/"])
def test_valid_escapes_are_accepted(fine: str) -> None:
    assert verdict(json.dumps(order())[:-1] + f',"x":"{fine}"}}') == set()


@pytest.mark.parametrize(
    ("amount", "currency", "rules"),
    [
        ("19.990", "USD", set()),
        ('"19.990"', "USD", set()),
        ("19.991", "USD", {"too_many_fraction_digits"}),
        ("10.0", "JPY", set()),
        ("10.5", "JPY", {"too_many_fraction_digits"}),
        ("1.2345", "KWD", {"too_many_fraction_digits"}),
        ("1.234", "KWD", set()),
        ("1000000000000", "USD", set()),
        ("1000000000000.01", "USD", {"out_of_range"}),
        ("90071992547409.9301", "USD", {"out_of_range", "too_many_fraction_digits"}),
        ("-0.01", "USD", {"out_of_range"}),
        ("-0", "USD", set()),
        ("1e2", "USD", {"wrong_type"}),
        ('"1e2"', "USD", {"wrong_type"}),
        ("0.1E1", "USD", {"wrong_type"}),
        ('" 1"', "USD", {"wrong_type"}),
        ('"01"', "USD", {"wrong_type"}),
        ('"1\\n"', "USD", {"wrong_type"}),
        ('"\u0661"', "USD", {"wrong_type"}),
        ("true", "USD", {"wrong_type"}),
        ('""', "USD", {"wrong_type"}),
        ("null", "USD", {"missing"}),
        ("9" * 38, "USD", {"out_of_range"}),
        ("9" * 39, "USD", {"out_of_range"}),
        ("5", "XYZ", {"unknown_currency"}),
        ("-5.123", "usd", {"unknown_currency", "out_of_range"}),
    ],
)
def test_amounts(amount: str, currency: str, rules: set[str]) -> None:
    assert verdict(raw(amount, currency)) == rules


@pytest.mark.parametrize(
    ("stamp", "rules"),
    [
        ("2026-01-31T10:00:00Z", set()),
        ("2026-01-31T10:00Z", set()),
        ("2026-01-31T10:00:00.123456789+05:30", set()),
        (BROKER_MS, set()),
        ("2026-02-01T12:00:00Z", set()),
        ("2026-02-01T12:00:00.000001Z", {"in_the_future"}),
        (BROKER_MS + 86_400_001, {"in_the_future"}),
        ("2000-01-01T00:00:00Z", set()),
        ("1999-12-31T23:59:59.999999Z", {"out_of_range"}),
        ("0000-02-29T00:00:00Z", {"out_of_range"}),
        ("9999-12-31T23:59:59-18:00", {"in_the_future"}),
        (0, {"out_of_range"}),
        (10**30, {"in_the_future"}),
        ("2026-01-31", {"wrong_type"}),
        ("2026-01-31T10:00:00", {"wrong_type"}),
        ("2026-01-31 10:00:00Z", {"wrong_type"}),
        ("2026-02-29T10:00:00Z", {"wrong_type"}),
        ("2026-01-31T24:00:00Z", {"wrong_type"}),
        ("2026-01-31T10:00:60Z", {"wrong_type"}),
        ("2026-01-31T10:00:00+19:00", {"wrong_type"}),
        ("2026-01-31T10:00:00z", {"wrong_type"}),
        ("2026-01-31T10:00:00Z\n", {"wrong_type"}),
        (str(BROKER_MS), {"wrong_type"}),
        (1.5, {"wrong_type"}),
        ("10:00", {"wrong_type"}),
        ("today", {"wrong_type"}),
        (None, {"missing"}),
    ],
)
def test_event_times(stamp: Any, rules: set[str]) -> None:
    assert verdict(order(event_ts=stamp)) == rules


@pytest.mark.parametrize(
    ("message", "rules"),
    [
        (payment(amount_cents="1000"), set()),
        (payment(amount_cents=10.0), {"wrong_type"}),
        (payment(amount_cents=-1), {"out_of_range"}),
        (payment(amount_cents=10**14), set()),
        (payment(amount_cents=10**14 + 1), {"out_of_range"}),
        (payment(amount_cents=10**14, currency="JPY"), {"out_of_range"}),
        (payment(amount_cents=10**14, currency="???"), {"unknown_currency"}),
        (payment(status="PAID", method=7), {"not_allowed", "wrong_type"}),
        (payment(method=None, payment_id=None), set()),
        (order(order_id="", user_id=7, status=None), {"missing", "wrong_type"}),
        (order(event_id=7), {"wrong_type"}),
        (order(items=None), {"missing"}),
        (order(items={}), {"wrong_type"}),
        (order(items=[1]), {"wrong_type"}),
        (order(items=[{}]), {"missing"}),
    ],
)
def test_fields(message: dict[str, Any], rules: set[str]) -> None:
    assert verdict(message) == rules


ITEM = {"product_id": "a", "product_name": "", "category": "", "quantity": 1, "unit_price": "1.5"}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, set()),
        ({"quantity": "1"}, {"wrong_type"}),
        ({"quantity": -1}, {"out_of_range"}),
        ({"quantity": 1.0}, {"wrong_type"}),
        ({"unit_price": "1.555"}, {"too_many_fraction_digits"}),
        ({"product_id": ""}, {"missing"}),
        ({"category": 7}, {"wrong_type"}),
    ],
)
def test_items_are_judged_like_fields(change: dict[str, Any], rules: set[str]) -> None:
    assert verdict(order(items=[ITEM | change])) == rules


def test_every_reason_is_told_by_field() -> None:
    (judged,) = ask(order(status="LOST", currency="XYZ", items=[ITEM | {"quantity": -1}])).verdicts.values()
    assert judged.reasons == {
        ("status", "not_allowed"),
        ("currency", "unknown_currency"),
        ("items[].quantity", "out_of_range"),
    }


def rows(answer: Oracle) -> list[tuple[Any, ...]]:
    """Gold as Trino would give it, with four fraction digits."""
    return [
        (
            minute,
            currency,
            *(f"{amount:.4f}" for amount in (row.gmv, row.refunded_amount, row.net_sales)),
            row.paid_orders,
        )
        for (minute, currency), row in answer.gold.items()
    ]


def test_equal_gold_has_no_difference_and_one_cent_is_found() -> None:
    answer = ask(order(), payment(), order(event_id="e2", order_id="o2", currency="EUR", total_amount=0))
    good = rows(answer)
    assert compare(good, answer) == []
    planted = [(m, c, Decimal(gmv) + (Decimal("0.01") if c == "USD" else 0), *rest) for m, c, gmv, *rest in good]
    (found,) = compare(planted, answer)
    assert str(found) == "2026-01-31 10:00 USD gmv: oracle 10, Gold 10.0100"


def test_a_row_that_is_missing_too_many_twice_or_a_minute_off_is_found() -> None:
    answer = ask(order(), payment())
    (row,) = rows(answer)
    assert len(compare([], answer)) == 1
    assert len(compare([row, row], answer)) == 1
    assert len(compare([row, (TEN, "JPY", 0, 0, 0, 1)], answer)) == 1
    assert len(compare([(TEN + timedelta(minutes=1), *row[1:])], answer)) == 2
    with pytest.raises(TypeError, match="float"):
        compare([(TEN, "USD", 10.0, 0, 10, 1)], answer)


def records_of(messages: Any) -> list[Record]:
    late = BROKER_MS + 86_400_000
    return [Record(m.subject, m.subject, 0, n, late, m.key.encode(), m.value) for n, m in enumerate(messages)]


def test_the_generators_kinds_get_the_verdicts_that_they_were_made_for() -> None:
    mix = replace(Mix(), **{name: 0.01 for name in Mix().bad()})
    messages = list(generate(1_000, 5, TEN, mix=mix))
    answer = recompute(records_of(messages), CANONICAL)
    for number, message in enumerate(messages):
        judged = answer.verdicts[message.subject, 0, number]
        if message.kind in REASONS:
            assert judged.rules == {REASONS[message.kind]}, message
        else:
            assert judged.kind == ("duplicate" if message.kind == "duplicate" else "clean"), message


def test_messages_in_an_envelope_give_the_same_gold() -> None:
    messages = [m for m in generate(500, 6, TEN) if m.kind != "bad_fraction_digits"]
    canonical = recompute(records_of(messages), CANONICAL)
    enveloped = recompute(records_of(to_envelope(messages)), ENVELOPE)
    assert canonical.gold == enveloped.gold
    assert canonical.rejected() == enveloped.rejected()


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_reading_changes_nothing(random: Any) -> None:
    records = records_of(generate(30, 1, TEN, mix=replace(Mix(), duplicates=0.5, bad_conflict=0.3)))
    shuffled = records[:]
    random.shuffle(shuffled)
    first, second = recompute(records, CANONICAL), recompute(shuffled, CANONICAL)
    assert (first.verdicts, first.orders, first.gold) == (second.verdicts, second.orders, second.gold)


def test_the_oracle_imports_nothing_of_the_jobs_or_the_generator() -> None:
    allowed = {"ecom.base.settings", "ecom.base.errors"}
    files = list((ROOT / "oracle").glob("*.py"))
    assert len(files) > 5
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            ours = [name for name in names if name.split(".")[0] in ("ecom", "generator", "spark_jobs", "dbt_project")]
            assert set(ours) <= allowed, f"{path.name} imports {ours}"
    assert callable(oracle.gold_from_kafka)
