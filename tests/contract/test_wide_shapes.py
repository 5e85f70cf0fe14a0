"""How a value may stand in a message, by the contract `wide`: the judge says what is right, and the oracle the same."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from ecom.contracts.loader import load_contracts
from spark_jobs.transforms.judging import judge as judge_rows
from tests.contract.both import FOLDERS, JUDGES, STAMP_MS, agree
from tests.contract.messages import BROKER
from tests.contract.rows import RAW

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY = b'{"tenant":"t-1"}'
HEADERS = (("ce_id", b"first"), ("ce_id", b"e-1"), ("other", None))
GOOD: dict[str, str | None] = {
    "big_id": "810000000000154001",
    "only_number_id": "7",
    "currency": '"usd"',
    "total": "19.99",
    "event_ts": '"2026-01-31T10:00:00"',
}


def text(**members: str | None) -> str:
    given = GOOD | members
    return "{" + ",".join(f'"{name}":{value}' for name, value in given.items() if value is not None) + "}"


def judged(*, key: Any = KEY, headers: Any = HEADERS, **members: Any) -> tuple[dict[str, Any], set[Any]]:
    """Values by column, and (field, rule) of each reason. `members` are JSON texts."""
    found = agree("wide", text(**members).encode(), key, headers)
    values = dict(zip(JUDGES["wide"].columns, found.values, strict=True))
    return values, {(one.field, str(one.rule)) for one in found.reasons}


def at(*parts: int) -> int:
    return (datetime(*parts, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)  # type: ignore[misc,arg-type]


FIFTY = "9" * 50
ACCEPTED: list[tuple[str, str, Any]] = [
    ("big_id", "9007199254740993", "9007199254740993"),
    ("big_id", "12345678901234567890123456789", "12345678901234567890123456789"),
    ("big_id", "-0", "-0"),
    ("big_id", '" a-1\\t"', "a-1"),
    ("only_number_id", "null", None),
    ("currency", '" uSd "', "USD"),
    ("currency", '"rmb"', "CNY"),
    ("currency", '"points"', "POINTS"),
    ("total", "6E+0", Decimal(6)),
    ("total", "1999E-2", Decimal("19.99")),
    ("total", '"1.9e1"', Decimal(19)),
    ("total", "0E-8", Decimal(0)),
    ("total", "0E999999999999999999999", Decimal(0)),
    ("total", f"1{'0' * 300}E-300", Decimal(1)),
    ("total", "30.000000000000004", Decimal(30)),
    ("total", "10.005", Decimal("10.01")),
    ("total", "1E-999999999999", Decimal(0)),
    ("total", '" 10.00 "', Decimal(10)),
    ("fee", "6E+2", Decimal(6)),
    ("fee", "12.5E1", Decimal("1.25")),
    ("tax", "0.5", Decimal(0)),
    ("tax", "1.5", Decimal("0.02")),
    ("tax", "2.5", Decimal("0.02")),
    ("quantity", '"12"', 12),
    ("quantity", "12", 12),
    ("quantity", "1.2E1", 12),
    ("quantity", '"1e2"', 100),
    ("score", '"1.50"', Decimal("1.5")),
    ("score", '" -3 "', Decimal(-3)),
    ("score", '"25E-1"', Decimal("2.5")),
    ("success", '"TRUE"', True),
    ("success", '"false"', False),
    ("outcome", "true", "CAPTURED"),
    ("outcome", '"false"', "FAILED"),
    ("state", '" paid"', "PAID"),
    ("state", '"PAYÉ"', "PAID"),
    ("state", '"Pending"', "NONE"),
]
REFUSED = [
    ("big_id", "1.0", "wrong_type"),
    ("big_id", "1E3", "wrong_type"),
    ("big_id", "true", "wrong_type"),
    ("big_id", '"  "', "missing"),
    ("big_id", "9" * 41, "out_of_range"),
    ("only_number_id", '"7"', "wrong_type"),
    ("currency", '"xau"', "unknown_currency"),
    ("currency", '"NONE"', "unknown_currency"),
    ("total", "1E400", "out_of_range"),
    ("total", "-1E-400", "out_of_range"),
    ("total", "1E+13", "out_of_range"),
    ("total", "-0.001", "out_of_range"),
    ("total", "1E", "not_json"),
    ("total", '"+5"', "wrong_type"),
    ("fee", "1.25E1", "wrong_type"),
    ("fee", "99", "out_of_range"),
    ("fee", "100.0", "wrong_type"),
    ("quantity", '"x"', "wrong_type"),
    ("quantity", '" 1"', "wrong_type"),
    ("quantity", "1.25E1", "wrong_type"),
    ("quantity", "1E99999", "out_of_range"),
    ("score", "1.5", "wrong_type"),
    ("score", '"1E-19"', "too_many_fraction_digits"),
    ("score", '"1E20"', "out_of_range"),
    ("success", "true", "wrong_type"),
    ("success", '"yes"', "wrong_type"),
    ("outcome", "1", "wrong_type"),
    ("outcome", '"True"', "not_allowed"),
    ("state", '"lost"', "not_allowed"),
]


@pytest.mark.parametrize(("field", "value", "expected"), ACCEPTED)
def test_a_value_is_read_exactly_as_the_contract_says(field: str, value: str, expected: Any) -> None:
    values, reasons = judged(**{field: value})
    assert not reasons
    assert values[field] == expected and type(values[field]) is type(expected)


@pytest.mark.parametrize(("field", "value", "rule"), REFUSED)
def test_what_the_contract_does_not_allow_has_its_reason(field: str, value: str, rule: str) -> None:
    assert judged(**{field: value})[1] == {("$" if rule == "not_json" else field, rule)}


@pytest.mark.parametrize(
    ("code", "total", "fee", "expected"),
    [
        ("UGX", "5000", "500000", (Decimal(5000), Decimal(5000))),
        ("isk", "2790.5", "279050", (Decimal("2790.5"), Decimal("2790.5"))),
        ("MGA", "1000", "1000", (Decimal(1000), Decimal(1000))),
        ("JPY", "1000", "1000", (Decimal(1000), Decimal(1000))),
        ("GEMS", "1.2345", "12345", (Decimal("1.2345"), Decimal("1.2345"))),
        ("POINTS", "12.4", "12", (Decimal(12), Decimal(12))),
    ],
)
def test_a_provider_has_digits_of_its_own(code: str, total: str, fee: str, expected: tuple[Decimal, Decimal]) -> None:
    values, reasons = judged(currency=f'"{code}"', total=total, fee=fee)
    assert not reasons and (values["total"], values["fee"]) == expected


TIMES: list[tuple[str, str, int | str]] = [
    ("event_ts", "2026-01-31T10:00:00+0000", at(2026, 1, 31, 10)),
    ("event_ts", "2026-01-31 10:00:00,5+01", at(2026, 1, 31, 9, 0, 0, 500000)),
    ("event_ts", "2026-01-31t10:00z", at(2026, 1, 31, 10)),
    ("event_ts", "2026-01-31T10:00:00", at(2026, 1, 31, 9)),
    ("event_ts", "2025-07-31T10:00:00", at(2025, 7, 31, 8)),
    ("event_ts", "2025-10-26T02:30:00", at(2025, 10, 26, 0, 30)),
    ("event_ts", "2025-10-26T02:30:00+01:00", at(2025, 10, 26, 1, 30)),
    ("event_ts", "2025-03-30T02:30:00", at(2025, 3, 30, 1, 30)),
    ("event_ts", "2026-01-31T10:00:00+19", "wrong_type"),
    ("event_ts", "2026-01-31T10:00:00+01:60", "wrong_type"),
    ("event_ts", "2026-01-31T24:00:00", "wrong_type"),
    ("event_ts", "2026-01-31", "wrong_type"),
    ("event_ts", "0000-01-31T10:00:00", "out_of_range"),
    ("event_ts", "9999-12-31T23:59:59", "in_the_future"),
    ("later_ts", "2025-11-02 01:30:00", at(2025, 11, 2, 6, 30)),
    ("later_ts", "2025-11-02 00:30:00", at(2025, 11, 2, 4, 30)),
    ("later_ts", "2025-03-09 02:30:00", at(2025, 3, 9, 7, 30)),
    ("later_ts", "2025-11-02T01:30:00", "wrong_type"),
    ("later_ts", "2025-11-2 01:30:00", "wrong_type"),
    ("reject_ts", "2025-04-06T01:45:00", "ambiguous_time"),
    ("reject_ts", "2025-10-05T02:15:00", "ambiguous_time"),
    ("reject_ts", "2025-04-06T02:00:00", at(2025, 4, 5, 15, 30)),
    ("reject_ts", "2025-04-06T01:45:00+11:00", at(2025, 4, 5, 14, 45)),
    ("reject_ts", "2025-04-06T01:45:00+1100", "wrong_type"),
    ("spoken_ts", "Fri, 27 Nov 2026 2:05:09.120 PM o'clock +0100", at(2026, 11, 27, 13, 5, 9, 120000)),
    ("spoken_ts", "Fri, 7 Aug 2026 12:00:00.000 AM o'clock Z", at(2026, 8, 7)),
    ("spoken_ts", "Thu, 27 Nov 2026 2:05:09.120 PM o'clock +0100", "wrong_type"),
    ("spoken_ts", "Fri, 27 Nov 2026 0:05:09.120 PM o'clock +0100", "wrong_type"),
    ("spoken_ts", "Fri, 27 nov 2026 2:05:09.120 PM o'clock +0100", "wrong_type"),
    ("spoken_ts", "Fri, 27 Nov 2026 2:05:09.12 PM o'clock +0100", "wrong_type"),
]


@pytest.mark.parametrize(("field", "value", "expected"), TIMES)
def test_a_time_is_the_instant_that_its_clock_means(field: str, value: str, expected: int | str) -> None:
    values, reasons = judged(**{field: json.dumps(value)})
    if isinstance(expected, str):
        assert reasons == {(field, expected)}
    else:
        assert not reasons and values[field] == expected


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("seconds_ts", "1795773600", 1795773600_000000),
        ("seconds_ts", '"1795773600"', 1795773600_000000),
        ("seconds_ts", "1795773600.1234567", 1795773600_123456),
        ("seconds_ts", "-1.5", -1_500000),
        ("micros_ts", "1795773600000001", 1795773600_000001),
        ("nanos_ts", '"1795773600000001999"', 1795773600_000001),
        ("nanos_ts", '"-1999"', -1),
        ("nanos_ts", '"-12"', 0),
    ],
)
def test_an_epoch_is_read_in_its_unit(field: str, value: str, expected: int) -> None:
    values, reasons = judged(**{field: value})
    assert not reasons and values[field] == expected


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("seconds_ts", "1.5E9", "wrong_type"),
        ("micros_ts", "1.5", "wrong_type"),
        ("micros_ts", '"15"', "wrong_type"),
        ("nanos_ts", "15", "wrong_type"),
        ("nanos_ts", '"1.5"', "wrong_type"),
        ("micros_ts", f"-{FIFTY}", "out_of_range"),
    ],
)
def test_an_epoch_of_another_form_is_refused(field: str, value: str, rule: str) -> None:
    assert judged(**{field: value})[1] == {(field, rule)}


def test_a_reason_shows_what_stood_in_the_message() -> None:
    found = agree("wide", text(big_id='"  "', total='" 1E+13"', quantity='"x"').encode(), KEY)
    assert {(one.field, one.found) for one in found.reasons} == {
        ("big_id", '"  " (string)'),
        ("total", '" 1E+13" (string)'),
        ("quantity", '"x" (string); wanted: a string or a JSON integer'),
    }


def test_a_time_that_comes_twice_is_told_as_such() -> None:
    for value, said in (("04-06T01:45:00", "has this time twice"), ("10-05T02:15:00", "skips this time")):
        (reason,) = agree("wide", text(reject_ts=f'"2025-{value}"').encode(), KEY).reasons
        assert reason.found == f'"2025-{value}" (string); Australia/Lord_Howe {said}'


LINES = '[{"sku":"a","type":"item","amount":5},{"sku":"b","type":"shipping","amount":4.99,"meta":{"is_flagged":true}}]'


def test_a_path_leads_to_an_index_a_match_and_into_text() -> None:
    inner = json.dumps('{"a":{"b":"ünï"},"n":5}')
    values, reasons = judged(lines=LINES, payload=inner)
    assert not reasons
    assert (values["shipping"], values["first_sku"], values["flagged_sku"]) == (Decimal("4.99"), "a", "b")
    assert (values["inner"], values["inner_number"]) == ("ünï", 5)


@pytest.mark.parametrize("lines", ["[]", "null", "{}", '[1,null,{"type":7}]', '[{"type":["shipping"]}]'])
def test_a_path_that_leads_nowhere_leaves_the_field_absent(lines: str) -> None:
    values, _ = judged(lines=lines)
    assert (values["shipping"], values["flagged_sku"]) == (None, None)


@pytest.mark.parametrize(
    ("payload", "rule"),
    [('"{"', "not_json"), ("5", "wrong_type"), ("{}", "wrong_type"), ('"{\\"n\\":1,\\"n\\":1}"', "not_json")],
)
def test_text_that_is_no_json_is_told_at_each_field(payload: str, rule: str) -> None:
    assert judged(payload=payload)[1] == {("inner", rule), ("inner_number", rule)}


def test_half_a_character_within_text_within_text_is_refused() -> None:
    assert judged(payload=json.dumps('{"a":{"b":"\\ud800"}}'))[1] == {("inner", "invalid_utf8")}


def test_fields_are_found_in_key_header_and_timestamp() -> None:
    values, reasons = judged()
    assert not reasons
    assert (values["event_id"], values["tenant"], values["raw_key_text"]) == ("e-1", "t-1", KEY.decode())
    assert values["sent_ts"] == STAMP_MS * 1000


BAD_KEYS = [(b"\xff", "invalid_utf8"), (b"k", "not_json"), (b'{"tenant":5}', "wrong_type")]


@pytest.mark.parametrize(("key", "rule"), BAD_KEYS)
def test_a_key_that_is_no_good_is_told(key: bytes, rule: str) -> None:
    assert judged(key=key)[1] == {("tenant", rule)}


def test_without_key_and_header_their_fields_are_absent() -> None:
    values, reasons = judged(key=None, headers=())
    assert not reasons and values["tenant"] is None and values["event_id"].startswith("derived:")


def test_a_warning_leaves_null_and_accepts_the_message() -> None:
    found = agree("wide", text(lines='[{"amount":1},{"sku":"b","amount":-1}]', tags="[1]").encode(), KEY)
    values = dict(zip(JUDGES["wide"].columns, found.values, strict=True))
    assert found.reasons == []
    assert values["lines"] == [(None, Decimal(1)), ("b", None)] and values["tags"] is None
    assert [tuple(map(str, one[:2])) for one in found.warnings] == [
        ("lines[].sku", "missing"), ("lines[].amount", "out_of_range"), ("tags[]", "wrong_type"),
    ]  # fmt: skip
    assert found.warnings[0].found == "lines[0]: nothing"


def test_warnings_do_not_hide_reasons() -> None:
    assert judged(tags="5", total="-1")[1] == {("total", "out_of_range")}


@pytest.mark.parametrize("given", [{"fee": "100"}, {"fee": None, "lines": '[{"sku":"a","amount":1}]'}])
def test_an_amount_needs_a_currency_even_where_messages_need_none(given: dict[str, Any]) -> None:
    assert judged(currency=None, total=None, **given)[1] == {("currency", "missing")}
    assert judged(currency=None, total=None, lines='[{"sku":"a"}]')[1] == set()


def test_spark_gives_the_judge_key_headers_and_time(spark: SparkSession) -> None:
    """The clean columns of a record that is accepted, and none of its warnings."""
    contract = load_contracts(FOLDERS[-1])["wide"]
    headers = [(name, value) for name, value in HEADERS]
    rows = [
        (KEY.decode(), text(tags="5"), None, headers, "t", 0, 0, BROKER, BROKER, None),
        ("\ufffd", text(), None, None, "t", 0, 1, BROKER, BROKER, b"\xff"),
    ]
    good, bad = judge_rows(spark.createDataFrame(rows, RAW), contract).orderBy("offset").collect()
    assert (good.event_id, good.tenant, good.tags, good.reasons) == ("e-1", "t-1", None, [])
    assert good.sent_ts == BROKER.replace(tzinfo=None)
    assert [(one.field, one.rule) for one in bad.reasons] == [("tenant", "invalid_utf8")]


DIGITS = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)
NUMBER = DIGITS | DIGITS.map(lambda number: f'"{number}"') | DIGITS.map(lambda number: f'" {number}"')
CLOCK = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59)) | st.datetimes(
    datetime(2025, 3, 1), datetime(2025, 11, 30)
)
CHANGES = st.sampled_from([(3, 30, 1), (10, 26, 1), (11, 2, 0), (3, 9, 1), (4, 6, 1), (10, 5, 1)]).flatmap(
    lambda begin: st.integers(0, 10_800).map(lambda seconds: datetime(2025, *begin) + timedelta(seconds=seconds))
)
OFFSETS = st.sampled_from(["", "Z", "z", "+01:00", "-0530", "+14", "+18:00", "+1801", "+99", " UTC"])
ISO = st.builds(
    lambda clock, middle, offset, fraction: f'"{clock:%Y-%m-%d}{middle}{clock:%H:%M:%S}{fraction}{offset}"',
    CLOCK | CHANGES,
    st.sampled_from(["T", " ", "t"]),
    OFFSETS,
    st.sampled_from(["", ".5", ",123456789"]),
)
PLAIN = (CLOCK | CHANGES).map(lambda clock: f'"{clock:%Y-%m-%d %H:%M:%S}"')
SPOKEN = st.builds(
    lambda clock, offset: f'"{clock:%a}, {clock.day} {clock:%b %Y %I:%M:%S}.250 {clock:%p} o\'clock {offset}"',
    CLOCK,
    st.sampled_from(["Z", "+0100", "-0330", "+1830", "+01:00"]),
)
EPOCHS = st.integers(-(10**22), 10**22).map(str) | DIGITS
ODD_TEXTS = ("null", "true", "[]", "{}", '""', '"x"', "-0", '" "', '"true"', '"FALSE"', '"\\ud800"', "7", '"7"')
ODD = st.sampled_from(ODD_TEXTS)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "sku", "amount", "meta", "is_flagged", "a", "b", "n", "tenant"]), inner
        )
    ),
    max_leaves=8,
)
LINE = st.fixed_dictionaries(
    {},
    optional={
        "sku": st.sampled_from(["a", "", None, 5]),
        "type": st.sampled_from(["shipping", "item", 1, True, None]),
        "amount": st.sampled_from([1, "4.99", -1, "1.999", None]),
        "meta": st.sampled_from([{"is_flagged": True}, {"is_flagged": "true"}, {"is_flagged": 1}, {}, 5]),
    },
)
PAYLOAD = (JSON | st.fixed_dictionaries({"a": st.dictionaries(st.just("b"), JSON), "n": JSON})).map(
    lambda value: json.dumps(json.dumps(value))
)
WORDS = st.sampled_from(['"paid"', '"PENDING "', '"payé"', '"lost"', '"CAPTURED"', '"true"', "false", '"True"'])
CODES = st.sampled_from([f'"{code}"' for code in ("usd", "Jpy", " KWD", "ugx", "MGA", "gems", "rmb", "XAU", "hrk", "")])
LIKELY = {
    **dict.fromkeys(("big_id", "only_number_id"), EPOCHS | ODD),
    "currency": CODES,
    **dict.fromkeys(("total", "fee", "tax", "quantity", "score"), NUMBER),
    **dict.fromkeys(("success", "outcome", "state"), WORDS),
    **dict.fromkeys(("event_ts", "reject_ts"), ISO),
    "later_ts": PLAIN | ISO,
    "spoken_ts": SPOKEN,
    **dict.fromkeys(("seconds_ts", "micros_ts", "nanos_ts"), EPOCHS | EPOCHS.map(lambda number: f'"{number}"')),
    "lines": (st.lists(LINE, max_size=3) | JSON).map(json.dumps),
    "tags": JSON.map(json.dumps),
    "payload": PAYLOAD | ODD,
}
KEYS = st.sampled_from([None, b"", b"k", b"\xff", KEY]) | JSON.map(lambda value: json.dumps(value).encode())
GIVEN_HEADERS = st.lists(
    st.tuples(st.sampled_from(["ce_id", "x"]), st.sampled_from([None, b"", b"\xff", b"e-2"])), max_size=3
).map(tuple)


@settings(max_examples=1_500, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    members=st.fixed_dictionaries({}, optional={name: st.one_of(likely, ODD) for name, likely in LIKELY.items()}),
    key=st.just(KEY) | KEYS,
    headers=st.just(HEADERS) | GIVEN_HEADERS,
)
def test_both_agree_on_generated_messages_of_every_shape(members: Any, key: bytes | None, headers: Any) -> None:
    agree("wide", text(**members).encode(), key, headers)


@pytest.mark.parametrize("name", sorted(LIKELY))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_both_agree_on_one_field_of_a_good_message(name: str, data: st.DataObject) -> None:
    agree("wide", text(**{name: data.draw(LIKELY[name])}).encode(), KEY, HEADERS)
