"""What the platform makes of each awkward message, on a real Spark."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pytest
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from ecom.base.settings import ROOT
from ecom.contracts import Contract, load_contracts
from spark_jobs.transforms.parsing import judge
from tests.contract.messages import CASES, GOOD, PAYMENT, Case, write
from tests.contract.rows import bronze

SHAPES = ROOT / "tests" / "contract" / "shapes"


@pytest.fixture(scope="session")
def contracts() -> Mapping[str, Contract]:
    return load_contracts(ROOT / "contracts")


@pytest.fixture(scope="session")
def verdicts(spark: SparkSession, contracts: Mapping[str, Contract]) -> dict[int, Row]:
    """Case number to judged row: one query a subject for all of them."""
    judged: dict[int, Row] = {}
    for subject, contract in contracts.items():
        numbers = [number for number, case in enumerate(CASES) if case.subject == subject]
        raw = bronze(spark, (("key", CASES[number].text, CASES[number].raw_bytes) for number in numbers))
        judged |= {numbers[row.offset]: row for row in judge(raw, contract).collect()}
    return judged


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: str(CASES[number]))
def test_an_awkward_message_gets_its_verdict(number: int, verdicts: dict[int, Row]) -> None:
    case, row = CASES[number], verdicts[number]
    assert {(reason.field, reason.rule) for reason in row.reasons} == case.reasons
    assert len(row.reasons) == len(case.reasons), "no reason twice"
    assert {name: _value(row[name], case) for name in case.values} == case.values


def _value(value: Any, case: Case) -> Any:
    """Of items, the members that the case speaks of, each as a list."""
    if isinstance(value, list) and isinstance(case.values["items"], dict):
        return {name: [entry[name] for entry in value] for name in case.values["items"]}
    return value


def test_what_was_found_is_told_but_never_at_length(verdicts: dict[int, Row]) -> None:
    found = [reason.found for row in verdicts.values() for reason in row.reasons]
    assert max(len(text) for text in found if text) == 200
    told = {(r.field, r.rule, r.found) for row in verdicts.values() for r in row.reasons}
    assert {("status", "not_allowed", "LOST"), ("total_amount", "wrong_type", "[1]")} <= told
    assert {("order_id", "missing", None), ("order_id", "missing", "null"), ("order_id", "missing", "")} <= told


def test_the_input_columns_come_through_untouched(spark: SparkSession, contracts: Mapping[str, Contract]) -> None:
    raw = bronze(spark, [("key", GOOD, None)])
    judged = judge(raw, contracts["orders"])
    assert judged.columns[: len(raw.columns)] == raw.columns
    assert judged.select(*raw.columns).collect() == raw.collect()


def test_a_derived_event_id_is_shared_by_exact_copies_only(
    spark: SparkSession, contracts: Mapping[str, Contract]
) -> None:
    text = write({**PAYMENT, "event_id": None, "payment_id": None})
    records = [("k", text, None), ("k", text, None), (None, text, None), ("", text, None), ("k", text + " ", None)]
    rows = judge(bronze(spark, records), contracts["payments"]).orderBy("offset").collect()
    ids = [row.event_id for row in rows]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4
    assert ids[0] == "derived:" + hashlib.sha256(f"1:{len(text)}:k{text}".encode()).hexdigest()
    assert [row.payment_id for row in rows] == [f"synthetic:{event_id}" for event_id in ids]


def test_another_session_time_zone_changes_no_verdict(spark: SparkSession, contracts: Mapping[str, Contract]) -> None:
    raw = bronze(spark, (("k", case.text, None) for case in CASES if case.subject == "orders" and case.text))
    micros = F.unix_micros("event_ts").alias("micros")

    def judged() -> list[Row]:
        shown = judge(raw, contracts["orders"]).select("offset", micros, "event_date", "reasons.rule")
        return shown.orderBy("offset").collect()

    in_utc = judged()
    spark.conf.set("spark.sql.session.timeZone", "Pacific/Apia")
    try:
        assert judged() == in_utc
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_messages_of_another_shape_need_only_another_contract(
    spark: SparkSession, contracts: Mapping[str, Contract]
) -> None:
    shaped = load_contracts(SHAPES)
    line = '{"sku":"p-1","title":"Lamp","group":"home","qty":2,"unitMinor":999}'
    order = (
        '{"meta":{"eventId":"e-1"},"payload":{"orderId":"o-1","userId":"u-1","state":"PAID","currencyCode":"USD",'
        f'"totalMinor":1998,"occurredAt":1769853600123,"lines":[{line}]}}}}'
    )
    plain = (
        '{"event_id":"e-1","order_id":"o-1","user_id":"u-1","status":"PAID","currency":"USD","total_amount":19.98,'
        '"event_ts":"2026-01-31T10:00:00.123Z","items":[{"product_id":"p-1","product_name":"Lamp",'
        '"category":"home","quantity":2,"unit_price":9.99}]}'
    )
    bad = order.replace('"totalMinor":1998', '"totalMinor":-1').replace("1769853600123", '"2026-01-31T10:00:00Z"')
    got = judge(bronze(spark, [("k", order, None), ("k", bad, None)]), shaped["orders"]).orderBy("offset").collect()
    expected = judge(bronze(spark, [("k", plain, None)]), contracts["orders"]).first()
    assert expected is not None
    ours = ("event_id", "order_id", "user_id", "status", "currency", "total_amount", "event_ts", "items", "reasons")
    assert [got[0][name] for name in ours] == [expected[name] for name in ours]
    reasons = {(reason.field, reason.rule) for reason in got[1].reasons}
    assert reasons == {("total_amount", "out_of_range"), ("event_ts", "wrong_type")}
