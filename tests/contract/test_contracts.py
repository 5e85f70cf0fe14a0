"""A contract that is not valid is refused at start, with file, line and what is wrong."""

import sys
import time
from pathlib import Path

import pytest

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import ROOT
from ecom.contracts.loader import load_contract, load_contracts
from ecom.contracts.model import LONGEST_ID
from ecom.contracts.reference import reference
from ecom.dbt.sources import sources_yaml
from ecom.explain import check

ORDERS = (ROOT / "contracts" / "orders.odcs.yaml").read_text(encoding="utf-8")

# What is changed in the valid file (old, new), and what must be said of the line where `new` first differs.
CHANGES = [
    ("apiVersion: v3.2.0", "apiVersion: v9", "must be one of"),
    ("apiVersion: v3.2.0", "apiVersion: v3.1.0", "v3.1.0 is not v3.2.0"),
    ("domain: sales", "domian: sales", "`domian` is not a key of the standard"),
    ("dataGranularityDescription:", "granularity:", "`granularity` is not a key of the standard"),
    ("required: true\n        classification", "requird: true\n        classification", "`requird` is not a key"),
    ("{minLength: 1}", "{minLength: 1, maxLength: 10001}", "`maxLength` of an id is at most 10,000"),
    ("logicalType: timestamp", "logicalType: instant", "must be one of"),
    ("logicalType: timestamp", "logicalType: date", "must be one of string, integer"),
    ("{minimum: 0, maximum: 1000000000}", "{minimun: 0}", "`minimun` is not a key of the standard"),
    ("{minimum: 0, maximum: 1000000000}", "{minimum: 9, maximum: 1}", "lower bound is above"),
    ("{minimum: 0, maximum: 1000000000}", "{multipleOf: 2}", "`multipleOf` is not checked by the platform"),
    ("{minimum: 0, maximum: 1000000000000}", "{minimum: -1, maximum: 5}", "`minimum` must be given, 0 or more"),
    ("{minimum: 0, maximum: 1000000000000}", "{minimum: 0}", "`maximum` must be given"),
    ('"2000-01-01T00:00:00Z"', '"2000-01-01"', "must be a date and time with offset"),
    ("value: major", "value: cents", "must be one of major, minor"),
    ("property: unit, value: major", "property: Unit, value: major", "is not a custom property that we know"),
    ("name: user_id", "name: userId", "must be a column: small letters"),
    ("name: user_id", "name: order_id", "is defined twice"),
    ("value: CREATED,", "value: PAID,", "is listed twice"),
    ("value: CREATED,", "value: 5,", "must be a string"),
    ("type: kafka", "type: custom", "must name a server of type kafka"),
    ("name: orders\n", "name: Orders\n", "must be small letters"),
    ("name: user_id", "name: offset", "is a column of ours"),
    ("name: event_ts", "name: happened", "column `event_ts` (when the event happened) is not mapped"),
    ("name: currency", "name: coin", "the contract needs a property `currency`"),
    ("    physicalName: orders.events\n", "", "`physicalName` (the topic) is missing"),
    ("description: The customer.\n", "description: ''\n", "has no description"),
    ("version: 1.0.0", "name: twice", "not YAML"),
    ("version: 1.0.0\n", "", "`version` is a required property"),
    ("status: active", "status: [", "not YAML"),
]


def changed(folder: Path, old: str, new: str) -> Path:
    assert old in ORDERS
    path = folder / "orders.odcs.yaml"
    path.write_text(ORDERS.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(("old", "new", "said"), CHANGES)
def test_a_broken_contract_is_refused_with_file_and_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = changed(tmp_path, old, new)
    with pytest.raises(EcomError) as refusal:
        load_contract(path)
    assert refusal.value.code == ExitCode.USAGE
    lines = str(refusal.value).splitlines()
    assert all(line.startswith(f"{path}:") and line.split(":")[1].isdigit() for line in lines)
    assert any(said in line for line in lines)


@pytest.mark.parametrize("path", ["", "payload.id", "$", "$.a[-1]", "$..a", "$.a[*]", "$['a", "$.a b", '$["a"]'])
def test_a_path_that_we_cannot_follow_is_refused(tmp_path: Path, path: str) -> None:
    new = f"{{property: jsonPath, value: '{path.replace(chr(39), chr(39) * 2)}'}}\n          - {{property: unit"
    with pytest.raises(EcomError, match="is not a path that we can follow"):
        load_contract(changed(tmp_path, "{property: unit", new))


def test_the_line_is_that_of_the_mistake(tmp_path: Path) -> None:
    path = changed(tmp_path, "value: major", "value: cents")
    line = next(at for at, text in enumerate(path.read_text().splitlines(), 1) if "cents" in text and "unit" in text)
    with pytest.raises(EcomError, match=rf"orders\.odcs\.yaml:{line}: orders\.total_amount\.unit: 'cents'"):
        load_contract(path)


def test_a_misspelt_key_says_only_that(tmp_path: Path) -> None:
    path = changed(tmp_path, "required: true\n        classification", "requird: true\n        classification")
    with pytest.raises(EcomError) as refusal:
        load_contract(path)
    assert len(str(refusal.value).splitlines()) == 1


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "orders.odcs.yaml"
    path.write_text(ORDERS.replace("value: major", "value: cents"), encoding="utf-8")
    with pytest.raises(EcomError) as refusal:
        load_contract(path)
    assert len(str(refusal.value).splitlines()) == 2


def test_a_time_of_the_event_must_be_required(tmp_path: Path) -> None:
    old = "Digits beyond microseconds are cut off.\n        required: true\n"
    with pytest.raises(EcomError, match="must be `required: true`"):
        load_contract(changed(tmp_path, old, old.replace("required: true", "required: false")))


PROPERTY = "description: The customer.\n"
SPECIAL = [
    ("{property: requiredWhen, value: {kind: [x]}}", "requiredWhen: `kind` is not another property"),
    ("{property: requiredWhen, value: [x]}", "must name another property and its values"),
    ("{property: constant, value: x}, {property: default, value: y}", "`constant` and `default` contradict"),
    ("{property: default, value: x}", "`default` fills what is absent, and `required` refuses it"),
    ("{property: constant, value: 5}", "`constant` 5 is not of logicalType string"),
    ("{property: valueMap, value: {a: 5}}", "words are texts; put it in quotes"),
    ("{property: valueMap, value: [a]}", "must map words of the message to ours"),
    ("{property: unit, value: major}", "`unit` is for integer and number, not for string"),
    ("{property: jsonPath, value: $.a}, {property: jsonPath, value: $.b}", "is given twice"),
]


def assert_refused(path: Path, message: str) -> None:
    """With the file and a line before the message."""
    with pytest.raises(EcomError) as refusal:
        load_contract(path)
    assert message in str(refusal.value) and str(refusal.value).startswith(f"{path}:")


@pytest.mark.parametrize(("customs", "message"), SPECIAL)
def test_properties_that_contradict_are_refused_with_file_and_line(tmp_path: Path, customs: str, message: str) -> None:
    path = changed(tmp_path, PROPERTY, f"{PROPERTY}        customProperties: [{customs}]\n")
    assert_refused(path, message)


DATASET = "    description: One event a change of an order.\n"
OF_DATASET = [
    ("{property: keep, value: latest}", "keeps the latest, and has no `key`"),
    ("{property: keep, value: newest}", "must be one of log, latest"),
    ("{property: key, value: nothing}", "`nothing` is not a property of this contract"),
    ("{property: identity, value: payment}", "`payment_id` is not a property of this contract"),
    ("{property: identity, value: [items]}", "`items` is an array: it identifies nothing"),
    ("{property: partitions, value: 3}", "is not a custom property that we know; these are: keep, key, identity"),
]


@pytest.mark.parametrize(("customs", "message"), OF_DATASET)
def test_what_a_dataset_keeps_is_checked(tmp_path: Path, customs: str, message: str) -> None:
    path = changed(tmp_path, DATASET, f"{DATASET}    customProperties: [{customs}]\n")
    assert_refused(path, message)


def test_a_key_may_be_said_in_the_standards_own_way(tmp_path: Path) -> None:
    old = "description: The order that the event is about.\n"
    path = changed(tmp_path, old, f"{old}        primaryKey: true\n        primaryKeyPosition: 1\n")
    assert load_contract(path).key == ("order_id",)


STATUS = "          - {value: CANCELLED, description: It was called off; it no longer counts as a sale.}\n"


@pytest.mark.parametrize(
    ("customs", "message"),
    [
        (None, "orders.status: no rule of ours counts CANCELED: map it by `valueMap`"),
        ("{CANCELED: VOID}", "no rule of ours counts VOID"),
        ("{CANCELED: CANCELLED}", None),
        ("{CANCELED: none}", None),
    ],
)
def test_a_status_that_no_rule_counts_is_refused_unless_mapped(
    tmp_path: Path, customs: str | None, message: str | None
) -> None:
    mapped = f"        customProperties: [{{property: valueMap, value: {customs}}}]\n" if customs else ""
    path = changed(tmp_path, STATUS, "          - {value: CANCELED}\n" + mapped)
    if message is None:
        field = load_contract(path).field("status")
        assert field is not None and "CANCELED" not in (field.outcomes or ())
        return
    with pytest.raises(EcomError, match=message):
        load_contract(path)


def test_a_status_that_may_be_any_word_is_refused(tmp_path: Path) -> None:
    start = ORDERS.index("        enum:\n")
    path = changed(tmp_path, ORDERS[start : ORDERS.index(STATUS) + len(STATUS)], "")
    with pytest.raises(EcomError, match="may hold any word, and our rules know"):
        load_contract(path)


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("^o-[0-9]{,6}$", "engines differ on `{,6}`"),
        ("(?=a)", "is not a regular expression of RE2"),
        ("(?P<x>a)", "engines differ on"),
        ("a\\Z", "is not a regular expression of RE2|engines differ"),
        ("a++", "is not a regular expression of RE2|engines differ"),
        ("a{1,5000}", "is not a regular expression of RE2"),
        ("^o-[0-9]{1,6}$", None),
        ("(a+)+$", None),
    ],
)
def test_a_pattern_must_mean_one_thing_to_every_engine(tmp_path: Path, pattern: str, message: str | None) -> None:
    old = "description: The customer.\n        required: true\n        classification: confidential\n"
    old += "        logicalTypeOptions: {minLength: 1}"
    path = changed(tmp_path, old, old.replace("{minLength: 1}", f"{{minLength: 1, pattern: '{pattern}'}}"))
    if message is None:
        assert load_contract(path).field("user_id")
        return
    with pytest.raises(EcomError, match=message):
        load_contract(path)


def bomb(levels: int) -> str:
    """Nine aliases of the line before on each line: 9^levels values."""
    lines = ["a0: &a0 [" + ", ".join(["x"] * 9) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 9) + "]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (bomb(12), 5, "aliases counted as what they stand for"),
        ("status: active\nname: " + "[" * 20_000 + "]" * 20_000, 2, "nested"),
        ("status: active\nname: " + "{a: " * 20_000 + "}" * 20_000, 2, "nested"),
        ("- " * 20_000, 1, "nested"),
        ("name: &me [*me]", 1, "stands within what it stands for"),
        ("name: &me {<<: *me}", 1, "stands within what it stands for"),
        ("name: [" + "x, " * 30_000 + "]", 1, "more than 20,000 values"),
        ("name: " + "x" * 2_000_000, 1, "at most 1,000,000"),
    ],
)
def test_a_yaml_bomb_is_refused_within_a_second(tmp_path: Path, text: str, line: int, said: str) -> None:
    path = tmp_path / "bomb.odcs.yaml"
    path.write_text(text)
    began = time.process_time()
    with pytest.raises(EcomError) as refusal:
        load_contract(path)
    assert time.process_time() - began < (1 if sys.gettrace() is None else 5)  # a tracer's time is not ours
    assert str(refusal.value).startswith(f"{path}:{line}: ") and said in str(refusal.value)
    assert "\n" not in str(refusal.value) and refusal.value.code == ExitCode.USAGE


def test_an_alias_or_two_are_what_yaml_is_for(tmp_path: Path) -> None:
    path = changed(tmp_path, "name: Order events", "name: &title Order events")
    path.write_text(path.read_text().replace("name: shop-backend", "name: *title"))
    assert load_contract(path).owner == "Order events"


@pytest.mark.parametrize("given", [None, 40, LONGEST_ID])
def test_explain_takes_every_id_that_a_contract_accepts(tmp_path: Path, given: int | None) -> None:
    bound = "" if given is None else f", maxLength: {given}"
    path = changed(tmp_path, "{minLength: 1}", f"{{minLength: 1{bound}}}")
    for field in load_contract(path).fields:
        if field.name.endswith("_id"):
            assert field.longest is not None
            check("o" * field.longest)


def test_two_contracts_of_one_topic_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.odcs.yaml").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "b.odcs.yaml").write_text(ORDERS.replace("name: orders\n", "name: others\n"), encoding="utf-8")
    with pytest.raises(EcomError, match=r"b\.odcs\.yaml:\d+: topic `orders.events` is that of .*a\.odcs\.yaml"):
        load_contracts(tmp_path)
    assert load_contracts(tmp_path, {"others": "another"}).keys() == {"orders", "others"}


def test_a_topic_set_for_a_dataset_without_contract_is_refused(tmp_path: Path) -> None:
    changed(tmp_path, "domain: sales", "domain: shop")
    with pytest.raises(EcomError, match="names a topic for `refunds`"):
        load_contracts(tmp_path, {"refunds": "refunds.events"})


def test_a_missing_folder_file_or_subject_is_told(tmp_path: Path) -> None:
    with pytest.raises(EcomError, match="does not exist; set ECOM_CONTRACTS"):
        load_contracts(tmp_path / "none")
    with pytest.raises(EcomError, match=r"holds no \*\.odcs\.yaml"):
        load_contracts(tmp_path)
    with pytest.raises(EcomError, match="There is no contract"):
        load_contract(tmp_path / "none.odcs.yaml")
    changed(tmp_path, "domain: sales", "domain: shop")
    assert load_contracts(tmp_path).keys() == {"orders"}
    (tmp_path / "again.odcs.yaml").write_text(ORDERS, encoding="utf-8")
    with pytest.raises(EcomError, match="dataset `orders` is that of"):
        load_contracts(tmp_path)


@pytest.mark.parametrize("text", ["", "5", "[]", "- a", "\t", "a: &x [*x]"])
def test_a_file_that_is_no_contract_at_all_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EcomError, match=r"x\.odcs\.yaml:1: "):
        load_contract(path)


def test_what_is_written_from_the_contracts_is_current() -> None:
    page = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
    contracts = load_contracts(ROOT / "contracts")
    assert page == reference(contracts), "run `ecom contracts docs`"
    sources = (ROOT / "dbt_project" / "models" / "sources" / "datasets.yml").read_text(encoding="utf-8")
    assert sources == sources_yaml(contracts), "run `ecom contracts docs`"
