"""The platform's judge against the oracle's, which shares no code with it, on generated messages and contracts."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.both import agree
from tests.contract.messages import CASES, ITEM, ORDER, PAYMENT, write

DIGITS = st.from_regex(r"-?(0|[1-9][0-9]{0,45})(\.[0-9]{1,45})?", fullmatch=True)
TIMES = st.from_regex(
    r"(19|20|99)[0-9]{2}-(0[0-9]|1[0-3])-[0-3][0-9]T[0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,12})?)?"
    r"(Z|[+-][01][0-9]:[0-6][0-9])",
    fullmatch=True,
)
ODD_TEXTS = (
    *("null", "true", "[]", "{}", '""', '"x"', "1e2", "-0", "0.0", '"-0"', "7", "[1]", '{"a":[null]}', '"\\u0000"'),
    *("1E400", '"\\ud800"', f'"{"x" * 10_001}"', "9" * 60, f"1.5{'0' * 300}", '"\\ud83d\\ude00"'),
)
ODD = st.sampled_from(ODD_TEXTS)
CODES = st.sampled_from([f'"{code}"' for code in ("USD", "JPY", "KWD", "EUR", "usd", "XAU", "BRL", "", "HRK", "BYR")])
ANY = st.one_of(ODD, DIGITS, DIGITS.map(lambda text: f'"{text}"'), TIMES.map(lambda text: f'"{text}"'), CODES)
MILLIS = st.integers(-(10**20), 10**20) | st.integers(900_000_000_000, 1_800_000_000_000)
LIKELY = {
    "currency": CODES,
    "total_amount": DIGITS | DIGITS.map(lambda text: f'"{text}"'),
    "unit_price": DIGITS,
    "amount_cents": st.integers(-5, 10**18).map(str) | DIGITS,
    "quantity": st.integers(-1, 10**10).map(str),
    "event_ts": TIMES.map(lambda text: f'"{text}"') | MILLIS.map(str),
    "kind": st.sampled_from(['"VIEW"', '"buy"', '"BUY"', '"other"', '"gone"', "null"]),
    "score": DIGITS,
    "is_new": st.sampled_from(["true", "false", '"true"', "1", "null"]),
}
COUPON = {"coupon_id": '"c-1"', "kind": '"VIEW"', "score": "1.5", "is_new": "true", "event_ts": "1769853600000"}


def members(good: dict[str, str]) -> st.SearchStrategy[dict[str, str | None]]:
    """The good message with some of its members changed, mostly in likely ways, or left out."""
    changes = {name: st.one_of(LIKELY.get(name, ANY), ANY, st.none()) for name in good}
    return st.fixed_dictionaries({}, optional=changes).map(lambda changed: {**good, **changed})


ITEMS = st.lists(members(ITEM).map(write) | ANY, max_size=3).map(lambda items: "[" + ",".join(items) + "]")
ORDERS = st.builds(lambda order, items: write({**order, "items": items}), members(ORDER), ITEMS) | members(ORDER).map(
    write
)
COUPONS = members(COUPON | {"reason": '"r"', "tags": '["a"]'}).map(write)
MESSAGES = {"orders": ORDERS, "payments": members(PAYMENT).map(write), "coupons": COUPONS}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_agree_on_every_awkward_message(case: Any) -> None:
    agree(case.subject, case.raw_bytes if case.text is None else case.text.encode())


@pytest.mark.parametrize("dataset", MESSAGES)
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_both_agree_on_generated_messages(dataset: str, data: st.DataObject) -> None:
    agree(dataset, data.draw(MESSAGES[dataset]).encode())


@settings(max_examples=500, deadline=None)
@given(value=st.binary(max_size=40) | st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_both_agree_on_any_bytes(value: bytes) -> None:
    agree("orders", value)


@settings(max_examples=400, deadline=None)
@given(at=st.integers(0, 400), byte=st.integers(0, 255))
def test_both_agree_on_a_good_message_with_one_byte_changed(at: int, byte: int) -> None:
    good = bytearray(write({**ORDER, "items": f"[{write(dict(ITEM))}]"}).encode())
    good[at % len(good)] = byte
    agree("orders", bytes(good))
