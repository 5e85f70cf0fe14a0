"""The jobs' parser against the oracle's, which is plain Python and shares no code with it, on generated messages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import Row, SparkSession

from ecom.base.settings import ROOT
from ecom.contracts import load_contracts
from oracle.judge import judge as oracle_judge
from oracle.records import OrderEvent, PaymentEvent, Record
from oracle.shapes import CANONICAL
from spark_jobs.transforms.parsing import judge
from tests.contract.messages import BROKER, CASES, ITEM, ORDER, PAYMENT, write
from tests.contract.rows import bronze

CONTRACTS = load_contracts(ROOT / "contracts")
DIGITS = st.from_regex(r"-?(0|[1-9][0-9]{0,45})(\.[0-9]{1,45})?", fullmatch=True)
TIMES = st.from_regex(
    r"(19|20|99)[0-9]{2}-(0[0-9]|1[0-3])-[0-3][0-9]T[0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{1,12})?)?"
    r"(Z|[+-][01][0-9]:[0-6][0-9])",
    fullmatch=True,
)
ODD = st.sampled_from(
    [
        "null",
        "true",
        "[]",
        "{}",
        '""',
        '"x"',
        "1e2",
        "-0",
        "0.0",
        '"-0"',
        "7",
        "[1]",
        '{"a":[null]}',
        '"\\u0000"',
        "1E400",
    ]
)
CODES = st.sampled_from([f'"{code}"' for code in ("USD", "JPY", "KWD", "EUR", "usd", "XAU", "BRL", "")])
ANY = st.one_of(ODD, DIGITS, DIGITS.map(lambda text: f'"{text}"'), TIMES.map(lambda text: f'"{text}"'), CODES)
MILLIS = st.integers(-(10**20), 10**20) | st.integers(900_000_000_000, 1_800_000_000_000)
LIKELY = {
    "currency": CODES,
    "total_amount": DIGITS | DIGITS.map(lambda text: f'"{text}"'),
    "unit_price": DIGITS,
    "amount_cents": st.integers(-5, 10**18).map(str) | DIGITS,
    "quantity": st.integers(-1, 10**10).map(str),
    "event_ts": TIMES.map(lambda text: f'"{text}"') | MILLIS.map(str),
}


def members(good: dict[str, str]) -> st.SearchStrategy[dict[str, str | None]]:
    """The good message with some of its members changed, mostly in likely ways, or left out."""
    changes = {name: st.one_of(LIKELY.get(name, ANY), ANY, st.none()) for name in good}
    return st.fixed_dictionaries({}, optional=changes).map(lambda changed: {**good, **changed})


ITEMS = st.lists(members(ITEM).map(write) | ANY, max_size=3).map(lambda items: "[" + ",".join(items) + "]")
ORDERS = st.builds(lambda order, items: write({**order, "items": items}), members(ORDER), ITEMS) | members(ORDER).map(
    write
)
MESSAGES = {"orders": ORDERS, "payments": members(PAYMENT).map(write)}


def by_oracle(subject: str, text: str | None) -> Any:
    stamp = int(BROKER.timestamp() * 1000)
    record = Record(subject, "t", 0, 0, stamp, b"k", None if text is None else text.encode())
    return oracle_judge(record, CANONICAL)


def agree(spark: SparkSession, subject: str, texts: Iterable[str | None]) -> None:
    given_texts = list(texts)
    rows = judge(bronze(spark, (("k", text, None) for text in given_texts)), CONTRACTS[subject]).collect()
    for row in rows:
        text = given_texts[row.offset]
        expected = by_oracle(subject, text)
        reasons = frozenset((reason.field, reason.rule) for reason in row.reasons)
        if isinstance(expected, frozenset):
            assert reasons == expected, text
        else:
            assert not reasons, text
            assert as_event(row, expected) == expected, text


def as_event(row: Row, like: OrderEvent | PaymentEvent) -> OrderEvent | PaymentEvent:
    """The judged row as the oracle's event. Ids that are derived are each judge's own."""
    micros = _micros(row.event_ts)
    event_id = like.event_id if row.event_id.startswith("derived:") else row.event_id
    if isinstance(like, OrderEvent):
        items = tuple(tuple(item) for item in row["items"])
        return OrderEvent(
            event_id, row.order_id, row.user_id, row.status, row.currency, row.total_amount, items, micros
        )
    payment_id = None if row.payment_id.startswith("synthetic:") else row.payment_id
    return PaymentEvent(event_id, payment_id, row.order_id, row.amount, row.currency, row.status, row.method, micros)


def _micros(instant: datetime) -> int:
    since = instant - datetime(1970, 1, 1)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


@pytest.mark.parametrize("subject", ["orders", "payments"])
def test_both_agree_on_every_awkward_message(spark: SparkSession, subject: str) -> None:
    agree(spark, subject, (case.text for case in CASES if case.subject == subject and case.raw_bytes is None))


@pytest.mark.parametrize("subject", ["orders", "payments"])
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_both_agree_on_generated_messages(spark: SparkSession, subject: str, data: st.DataObject) -> None:
    agree(spark, subject, data.draw(st.lists(MESSAGES[subject], min_size=80, max_size=80)))
