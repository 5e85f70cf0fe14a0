"""What the platform makes of each awkward message."""

import hashlib
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import SparkSession

from ecom.base.settings import ROOT
from ecom.contracts.judge import Judge, Judged
from ecom.contracts.loader import load_contracts
from spark_jobs.transforms.judging import judge
from tests.contract.messages import BROKER, CASES, GOOD, PAYMENT, Case, order, write
from tests.contract.rows import bronze

SHAPES = ROOT / "tests" / "contract" / "shapes"
CONTRACTS = load_contracts(ROOT / "contracts")
JUDGES = {name: Judge(contract) for name, contract in CONTRACTS.items()}
EPOCH = datetime(1970, 1, 1)
UNIT = "this looks like epoch {}; wanted: milliseconds"
CLOCKS = "Kafka's timestamp 2026-01-31T12:00:00Z, received 2026-01-31T12:00:00Z"


def micros(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - EPOCH.replace(tzinfo=UTC)) // timedelta(microseconds=1)


def judged(case: Case, key: bytes | None = b"k") -> Judged:
    value = case.text if case.raw_bytes is None else case.raw_bytes
    return JUDGES[case.subject](key, value, micros(BROKER), micros(BROKER))


def values(case: Case) -> dict[str, Any]:
    """By column, as a reader of the table has them."""
    found = judged(case)
    by_name = dict(zip(JUDGES[case.subject].columns, found.values, strict=True))
    by_name["event_ts"] = EPOCH + timedelta(microseconds=by_name["event_ts"])
    by_name["event_date"] = date.fromordinal(EPOCH.toordinal() + (found.event_day or 0))
    return by_name


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_awkward_message_gets_its_verdict(case: Case) -> None:
    reasons = judged(case).reasons
    assert {(reason.field, reason.rule) for reason in reasons} == case.reasons
    assert len(reasons) == len(case.reasons), "no reason twice"
    if not reasons:
        found = values(case)
        assert {name: _value(found[name], case) for name in case.values} == case.values


def _value(value: Any, case: Case) -> Any:
    """Of items, the members that the case speaks of, each as a list."""
    if isinstance(value, list) and isinstance(case.values["items"], dict):
        names = [member.name for member in CONTRACTS["orders"].fields[6].fields]
        return {name: [dict(zip(names, item, strict=True))[name] for item in value] for name in case.values["items"]}
    return value


@pytest.mark.parametrize(
    ("field", "text", "found"),
    [
        ("total_amount", "1E+3", "1E+3 (number); wanted: a number without exponent, or a string of one"),
        ("order_id", "12", "12 (number); wanted: a JSON string"),
        ("user_id", "[1, 2.50]", "[1, 2.50] (array); wanted: a JSON string"),
        ("user_id", "null", "null"),
        ("user_id", '""', '"" (string)'),
        ("user_id", None, None),
        ("total_amount", '"1,5"', '"1,5" (string); wanted: a number without exponent, or a string of one'),
        ("event_ts", "1769853600", f"1769853600 (number); {UNIT.format('seconds')}"),
        ("event_ts", "1769853600123456", f"1769853600123456 (number); {UNIT.format('microseconds')}"),
        ("event_ts", "1769853600123456789", f"1769853600123456789 (number); {UNIT.format('nanoseconds')}"),
        ("event_ts", '"2026-02-02T12:00:00Z"', f'"2026-02-02T12:00:00Z" (string); {CLOCKS}'),
        ("currency", '"HRK"', '"HRK" (string); it was valid from 1994-05-30 to 2023-01-14'),
    ],
)
def test_a_reason_shows_what_stood_there_and_its_type(field: str, text: str | None, found: str | None) -> None:
    (reason,) = judged(order({field: text})).reasons
    assert (reason.field, reason.found) == (field, found)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("\ufeff" + GOOD, "character 1: a byte order mark (BOM) stands before the document"),
        (GOOD + GOOD, f"character {len(GOOD) + 1}: a second document after the first, at "),
        (GOOD + "\x00", f"character {len(GOOD) + 1}: NUL after the document"),
        ("\x00\x00\x00\x00\x05" + GOOD, "byte 1: a schema registry's prefix (Confluent, schema id 5) stands before"),
        (")]}'\n" + GOOD, "a prefix against script inclusion"),
        ("{" * 2_000, "nested deeper than 1,000 levels"),
        ('{"a": "x\ty"}', "character 9: control character U+0009 within a string"),
        ('{"a":1,"a":2}', 'key "a" is there twice in one object'),
        ("{'a':1}", "character 2: expecting property name enclosed in double quotes"),
        (GOOD.encode("utf-16-le"), "this looks like UTF-16"),
        (GOOD.encode("utf-16"), "byte 1: UTF-16 text (little-endian byte order mark)"),
        (b"\x1f\x8b\x08\x00", "byte 2: gzip data"),
        (b"\x00\x00\x00\x00\x07\xff\x10", "a schema registry's prefix (Confluent, schema id 7), then binary data"),
        ('{"order_id":"Zürich"}'.encode("latin-1"), "byte 15: not UTF-8; text in Latin-1"),
        ("", "the text is empty"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_json_is_told_with_place_and_cause(value: bytes | str, found: str) -> None:
    case = Case("orders", value) if isinstance(value, str) else Case("orders", None, raw_bytes=value)
    (reason,) = judged(case).reasons
    assert reason.field == "$" and found in str(reason.found)


def test_what_is_found_is_never_told_at_length() -> None:
    texts = ['"' + "x" * 1_000_000 + '"', "[" * 900 + "]" * 900, "9" * 100_000, '"\\ud800"']
    found = [reason.found for text in texts for reason in judged(order({"status": text})).reasons]
    assert len(found) == len(texts) and max(map(len, filter(None, found))) <= 300
    assert all(text.encode() for text in found if text), "what is told can be stored"


def test_one_bad_field_of_many_items_is_one_reason_with_its_places() -> None:
    items = ",".join(
        '{"product_id":"p","product_name":"n","category":7,"quantity":1,"unit_price":1}' for _ in range(20)
    )
    (reason,) = judged(order({"items": f"[{items}]"})).reasons
    assert reason.field == "items[].category"
    assert reason.found == (
        "items[0], items[1], items[2], items[3], items[4] and 15 more: 7 (number); wanted: a JSON string"
    )


def test_an_event_ahead_of_kafkas_clock_and_not_of_ours_is_accepted() -> None:
    """A mirror or a producer sets the record's timestamp, which may be old."""
    case, received = order({"event_ts": '"2026-03-01T12:00:00Z"'}), datetime(2026, 2, 28, 12, tzinfo=UTC)
    assert judged(case).reasons[0].rule == "in_the_future"
    assert JUDGES["orders"](b"k", case.text, micros(BROKER), micros(received)).reasons == []


@pytest.mark.parametrize(
    ("code", "moment", "is_known"),
    [
        ("HRK", "2022-12-31T00:00:00Z", True),
        ("HRK", "2023-01-15T00:00:00Z", False),
        ("LTL", "2014-06-01T00:00:00Z", True),
        ("ZWL", "2024-08-31T23:59:59Z", True),
        ("ZWL", "2008-01-01T00:00:00Z", False),
        ("DEM", "2001-06-01T00:00:00Z", True),
        ("USD", "2001-06-01T00:00:00Z", True),
        ("XYZ", "2001-06-01T00:00:00Z", False),
    ],
)
def test_a_currency_that_ended_is_known_within_its_life(code: str, moment: str, is_known: bool) -> None:
    case = order({"currency": f'"{code}"', "event_ts": f'"{moment}"'})
    assert [reason.rule for reason in judged(case).reasons] == ([] if is_known else ["unknown_currency"])


def test_currencies_that_ended_keep_their_own_digits() -> None:
    case = order({"currency": '"BYR"', "event_ts": '"2015-01-01T00:00:00Z"', "total_amount": "1.5"})
    assert [reason.rule for reason in judged(case).reasons] == ["too_many_fraction_digits"]


@pytest.mark.parametrize(
    "extra", ["9" * 2_000, f'"{"k" * 70_000}"', f'{{"{"k" * 70_000}":1}}', "1E400", '"\\ud800"', "[" * 900 + "]" * 900]
)
def test_what_is_ignored_cannot_reject(extra: str) -> None:
    assert judged(Case("orders", f'{GOOD[:-1]},"ignored":{extra}}}')).reasons == []


def test_hundreds_of_zeros_are_no_digits() -> None:
    found = values(order({"total_amount": f"19.99{'0' * 600}"}))
    assert found["total_amount"] == Decimal("19.99")


@pytest.mark.parametrize("length", [10_000, 10_001])
def test_one_bound_holds_for_all_ids(length: int) -> None:
    case = order({"order_id": f'"{"x" * length}"'})
    assert [reason.rule for reason in judged(case).reasons] == (["out_of_range"] if length > 10_000 else [])


def test_a_derived_event_id_is_shared_by_exact_copies_only() -> None:
    text = write({**PAYMENT, "event_id": None, "payment_id": None})
    records: list[tuple[bytes | None, str]] = [
        (b"k", text), (b"k", text), (None, text), (b"", text), (b"k", text + " "), (b"\xff", text), (b"\xfe", text),
    ]  # fmt: skip
    names = JUDGES["payments"].columns
    found = [
        dict(zip(names, JUDGES["payments"](key, value, micros(BROKER), micros(BROKER)).values, strict=True))
        for key, value in records
    ]
    ids = [one["event_id"] for one in found]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 6
    assert ids[0] == "derived:" + hashlib.sha256(f"1:{len(text)}:k{text}".encode()).hexdigest()
    assert [one["payment_id"] for one in found] == [f"synthetic:{event_id}" for event_id in ids]


def test_spark_judges_as_the_judge_alone_does(spark: SparkSession) -> None:
    for name, contract in CONTRACTS.items():
        cases = [case for case in CASES if case.subject == name]
        rows = judge(bronze(spark, (("k", case.text, case.raw_bytes) for case in cases)), contract).collect()
        assert len(rows) == len(cases)
        for row in rows:
            case, alone = cases[row.offset], judged(cases[row.offset])
            assert [tuple(reason) for reason in row.reasons] == [tuple(map(_plain, r)) for r in alone.reasons]
            assert row.contract_version == contract.version
            if alone.reasons:
                assert (row.raw_value, row.raw_bytes) == (case.text, case.raw_bytes and bytearray(case.raw_bytes))
            else:
                expected = values(case)
                expected["items"] = [tuple(item) for item in expected.get("items") or ()]
                found = {column: row[column] for column in contract.columns}
                found["items"] = [tuple(item) for item in found.get("items") or ()]
                assert found | {"event_date": row.event_date} == expected
                assert (row.raw_key, row.raw_value, row.raw_bytes) == (None, None, None)


def _plain(value: Any) -> Any:
    return None if value is None else str(value)


def test_another_session_time_zone_changes_no_verdict(spark: SparkSession) -> None:
    raw = bronze(spark, (("k", case.text, None) for case in CASES[:60] if case.subject == "orders" and case.text))
    names = ("offset", "unix_micros(event_ts)", "event_date", "reasons.rule")

    def found() -> list[Any]:
        return judge(raw, CONTRACTS["orders"]).selectExpr(*names).orderBy("offset").collect()

    in_utc = found()
    spark.conf.set("spark.sql.session.timeZone", "Pacific/Apia")
    try:
        assert found() == in_utc
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_messages_of_another_shape_need_only_another_contract() -> None:
    shaped = Judge(load_contracts(SHAPES)["orders"])
    line = '{"sku":"p-1","title":"Lamp","group":"home","qty":2,"unitMinor":999}'
    text = (
        '{"meta":{"eventId":"e-1"},"payload":{"orderId":"o-1","userId":"u-1","state":"PAID","currencyCode":"USD",'
        f'"totalMinor":1998,"occurredAt":1769853600123,"lines":[{line}]}}}}'
    )
    plain = order(
        {
            "total_amount": "19.98",
            "event_ts": '"2026-01-31T10:00:00.123Z"',
            "items": '[{"product_id":"p-1","product_name":"Lamp","category":"home","quantity":2,"unit_price":9.99}]',
        }
    )
    bad = text.replace('"totalMinor":1998', '"totalMinor":-1').replace("1769853600123", '"2026-01-31T10:00:00Z"')
    good = shaped(b"k", text, micros(BROKER), micros(BROKER))
    assert sorted(map(repr, good.values)) == sorted(map(repr, judged(plain).values))
    reasons = {(reason.field, reason.rule) for reason in shaped(b"k", bad, micros(BROKER), micros(BROKER)).reasons}
    assert reasons == {("total_amount", "out_of_range"), ("event_ts", "wrong_type")}
