"""What a contract may say of how a value stands in a message: else it is refused at start, with file and line."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import ROOT
from ecom.contracts.guide import GUIDE
from ecom.contracts.judge import Judge
from ecom.contracts.loader import load_contract
from ecom.contracts.model import Contract
from ecom.contracts.reference import reference
from oracle import read_datasets
from tests.contract.both import both

HEAD = (ROOT / "tests" / "contract" / "wide" / "wide.odcs.yaml").read_text(encoding="utf-8").split("    properties:")[0]
EVENT_TS = """\
      - name: event_ts
        logicalType: timestamp
        description: When.
        required: true
        logicalTypeOptions: {minimum: "2000-01-01T00:00:00Z"}
"""
CURRENCY = "      - {name: currency, logicalType: string, description: Of what., required: true"


def loaded(folder: Path, properties: str, of_dataset: str = "") -> Contract:
    path = folder / "wide.odcs.yaml"
    path.write_text(f"{HEAD}{of_dataset}    properties:\n{properties}", encoding="utf-8")
    return load_contract(path)


def with_field(kind: str, customs: str, more: str = "") -> str:
    options = ', logicalTypeOptions: {minimum: "2000-01-01T00:00:00Z"}' if kind == "timestamp" else ""
    head = f"name: x, logicalType: {kind}, description: It.{options}{more}"
    return f"      - {{{head}, customProperties: [{customs}]}}\n{CURRENCY}}}\n{EVENT_TS}"


def custom(**values: str) -> str:
    return ", ".join(f"{{property: {name.rstrip('_')}, value: {value}}}" for name, value in values.items())


AMOUNT = ", logicalTypeOptions: {minimum: 0, maximum: 5}"
REFUSED = [
    ("timestamp", custom(timestampFormat="epoch_minutes"), "`c` is none of|`epoch` is none of|is none of"),
    ("timestamp", custom(timestampFormat="yyyy-MM"), "as a pattern it has no day"),
    ("timestamp", custom(timestampFormat="yyyy-MM-dd yyyy"), "has the year twice"),
    ("timestamp", custom(timestampFormat='"yyyy-MM-dd mm"'), "has a finer part and no hour"),
    ("timestamp", custom(timestampFormat='"yyyy-MM-dd hh"'), "needs both `h` and `a`"),
    ("timestamp", custom(timestampFormat='"yyyy-MM-ddTHH"'), "`T` is none of"),
    ("timestamp", custom(timestampFormat='"yyyyMdHH"'), "`M` before `d` does not say where the one number ends"),
    ("timestamp", custom(timestampFormat='"yyyy-MM-dd\'T"'), "has a quote that is not closed"),
    ("timestamp", custom(timestampFormat='"yyyy-MM-dd[ HH]"'), "`\\[` must be in quotes"),
    ("timestamp", custom(timestampFormat="dd.MM.yyyy"), "the pattern has no offset"),
    ("timestamp", custom(timestampFormat='"dd.MM.yyyy XXX"', timeZone="Asia/Tokyo"), "the pattern says the offset"),
    ("timestamp", custom(timestampFormat="epoch_millis", timeZone="Asia/Tokyo"), "`epoch_millis` has none to add"),
    ("timestamp", custom(timeZone="Europe/Atlantis"), "is no time zone"),
    ("timestamp", custom(timeZone="localtime"), "is no time zone"),
    ("timestamp", custom(ambiguousTime="earlier"), "there is none"),
    ("timestamp", custom(ambiguousTime="first", timeZone="Asia/Tokyo"), "must be one of earlier, later, reject"),
    ("timestamp", custom(jsonType="string"), "`jsonType` of a timestamp is for epoch_seconds"),
    ("string", custom(timeZone="Asia/Tokyo"), "`timeZone` is for timestamp, not for string"),
    ("string", custom(jsonType="number"), "`jsonType` of a string is one or several of string, integer, boolean"),
    ("string", custom(jsonType="float"), "must be one or several of string, integer, number, boolean"),
    ("string", custom(jsonType="integer", trim="true"), "`trim` is for texts: add `jsonType: string`"),
    ("integer", custom(trim="true"), "`trim` is for texts"),
    ("string", custom(trim='"yes"'), "must be true or false"),
    ("string", custom(foldCase="true"), "there are none"),
    ("boolean", custom(foldCase="true"), "`foldCase` is for texts"),
    ("string", custom(valueMap="{a: X, A: Y}", foldCase="true"), "makes 'a' and 'A' one word, and they mean X and Y"),
    ("string", custom(exponent="true"), "`exponent` is for integer and number"),
    ("number", custom(round="half_up"), "`round` is for amounts: it needs a `unit`"),
    ("number", custom(round="up", unit="major"), "must be one of half_up, half_even, down"),
    ("number", custom(unit="major", jsonType="string"), "`jsonType` says nothing of an amount"),
    ("string", custom(minorDigits="{UGX: 2}"), "`minorDigits` is for the property `currency`"),
    ("string", custom(from_="value"), "must be key, timestamp or header:NAME"),
    ("string", custom(from_="'header:'"), "must be key, timestamp or header:NAME"),
    ("string", custom(from_="timestamp"), "the record's timestamp is a timestamp, not a string"),
    ("timestamp", custom(from_="timestamp", timeZone="Asia/Tokyo"), "leave out all but `from`"),
    ("string", custom(constant="a", from_="key"), "`constant` and `from` contradict each other"),
    ("string", custom(severity="fatal"), "must be one of error, warning"),
    ("string", custom(severity="warning", default="a"), "makes the column null, and `default` does not"),
]


@pytest.mark.parametrize(("kind", "customs", "said"), REFUSED)
def test_what_contradicts_is_refused_with_file_and_line(tmp_path: Path, kind: str, customs: str, said: str) -> None:
    more = AMOUNT if "property: unit" in customs else ""
    with pytest.raises(EcomError) as refusal:
        loaded(tmp_path, with_field(kind, customs, more))
    assert re.search(said, str(refusal.value))
    assert all(re.match(rf"{tmp_path}/wide.odcs.yaml:\d+: ", line) for line in str(refusal.value).splitlines())


@pytest.mark.parametrize(
    ("digits", "said"),
    [
        ("[UGX]", "must map codes of currencies to digits"),
        ("{UGX: two}", "UGX: 'two' must be 0 to 4"),
        ("{UGX: 5}", "UGX: 5 must be 0 to 4: amounts are kept with as many digits"),
        ("{ugx: 2}", "'ugx' must be a code of 3 to 10 capitals and digits"),
    ],
)
def test_digits_that_no_table_holds_are_refused(tmp_path: Path, digits: str, said: str) -> None:
    with pytest.raises(EcomError, match=said):
        loaded(tmp_path, f"{CURRENCY}, customProperties: [{custom(minorDigits=digits)}]}}\n{EVENT_TS}")


@pytest.mark.parametrize("filled", ["constant, value: CNH", "default, value: CNH", "valueMap, value: {RMB: CNH}"])
def test_a_currency_that_nobody_knows_is_refused(tmp_path: Path, filled: str) -> None:
    text = f"{CURRENCY}, customProperties: [{{property: {filled}}}]}}\n{EVENT_TS}"
    text = text.replace(", required: true, customProperties", ", customProperties")
    with pytest.raises(EcomError, match="'CNH' is no currency that we know"):
        loaded(tmp_path, text)
    known = text.replace("}]}\n", f"}}, {custom(minorDigits='{CNH: 2}')}]}}\n", 1)
    assert loaded(tmp_path, known)


def test_numbers_do_not_rest_on_what_may_be_a_warning(tmp_path: Path) -> None:
    warning = custom(severity="warning")
    keyed = f"    customProperties: [{custom(identity='[x]')}]\n"
    for text, of_dataset in (
        (f"{CURRENCY}, customProperties: [{warning}]}}\n{EVENT_TS}", ""),
        (f"{EVENT_TS}        customProperties: [{warning}]\n", ""),
        (with_field("string", warning), keyed),
    ):
        with pytest.raises(EcomError, match=r"numbers rest on `.*`: a fault in it cannot be a warning"):
            loaded(tmp_path, text, of_dataset)
    assert loaded(tmp_path, with_field("string", warning)).fields[0].is_lenient


def test_an_item_has_no_header_and_no_key(tmp_path: Path) -> None:
    member = f"{{name: y, logicalType: string, description: It., customProperties: [{custom(from_='key')}]}}"
    more = f", items: {{logicalType: object, properties: [{member}]}}"
    with pytest.raises(EcomError, match="an item has no key and no header"):
        loaded(tmp_path, with_field("array", "", more))


def test_amounts_of_items_need_the_contract_s_currency(tmp_path: Path) -> None:
    member = "{name: y, logicalType: number, description: It., logicalTypeOptions: {minimum: 0, maximum: 5}"
    more = f", items: {{logicalType: object, properties: [{member}, customProperties: [{custom(unit='major')}]}}]}}"
    text = with_field("array", "", more)
    assert loaded(tmp_path, text)
    with pytest.raises(EcomError, match=r"x\.y: is an amount: the contract needs a property `currency`"):
        loaded(tmp_path, text.replace(f"{CURRENCY}}}\n", ""))


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
def test_every_example_of_the_page_is_a_valid_contract(tmp_path: Path, example: str) -> None:
    text = "".join(f"      {line}\n" for line in example.splitlines())
    text += "" if "name: event_ts" in text else EVENT_TS
    text += "" if "name: currency" in text or "unit" not in text else f"{CURRENCY}}}\n"
    contract = loaded(tmp_path, text)
    assert reference({"wide": contract})


def test_the_page_says_where_and_how_each_field_stands() -> None:
    page = reference({"wide": load_contract(ROOT / "tests" / "contract" / "wide" / "wide.odcs.yaml")})
    for said in (
        "| header `ce_id` |",
        "| the key, `$.json().tenant` |",
        "| `$.lines[type=shipping].amount` |",
        "| string, as integer or string |",
        "| timestamp, `yyyy-MM-dd HH:mm:ss` in America/New_York |",
        "may have an exponent; rounded half up",
        "a fault is a warning",
    ):
        assert said in page


@pytest.mark.parametrize(("filled", "expected"), [("constant", Decimal(1999)), ("default", Decimal(1999))])
def test_a_currency_that_the_contract_fills_in_has_its_digits(tmp_path: Path, filled: str, expected: Decimal) -> None:
    currency = f"{CURRENCY}, customProperties: [{{property: {filled}, value: JPY}}]}}\n".replace(", required: true", "")
    amount = (
        "      - {name: fee, logicalType: integer, description: It., logicalTypeOptions: {minimum: 0, maximum: 5000}"
    )
    text = f"{currency}{amount}, customProperties: [{{property: unit, value: minor}}]}}\n{EVENT_TS}"
    contract = loaded(tmp_path, text)
    message = b'{"fee": 1999, "event_ts": "2026-01-31T10:00:00Z"}'
    judged = both(Judge(contract), read_datasets(tmp_path)["wide"], message)
    assert dict(zip(contract.columns, judged.values, strict=True))["fee"] == expected
