"""A contract that is not valid is refused at start, with file, line and what is wrong."""

from pathlib import Path

import pytest

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import ROOT
from ecom.contracts import load_contract, load_contracts
from ecom.contracts.reference import reference

ORDERS = (ROOT / "contracts" / "orders.odcs.yaml").read_text(encoding="utf-8")

# What is changed in the valid file (old, new), and what must be said of the line where `new` first differs.
CHANGES = [
    ("apiVersion: v3.2.0", "apiVersion: v9", "must be one of"),
    ("apiVersion: v3.2.0", "apiVersion: v3.1.0", "v3.1.0 is not v3.2.0"),
    ("domain: sales", "domian: sales", "`domian` is not a key of the standard"),
    ("dataGranularityDescription:", "granularity:", "`granularity` is not a key of the standard"),
    ("required: true\n        classification", "requird: true\n        classification", "`requird` is not a key"),
    ("logicalType: timestamp", "logicalType: instant", "must be one of"),
    ("logicalType: timestamp", "logicalType: date", "must be timestamp"),
    ("{minimum: 0, maximum: 1000000000}", "{minimun: 0}", "`minimun` is not a key of the standard"),
    ("{minimum: 0, maximum: 1000000000}", "{minimum: 9, maximum: 1}", "lower bound is above"),
    ("{minimum: 0, maximum: 1000000000}", "{multipleOf: 2}", "`multipleOf` is not checked by the platform"),
    ("{minimum: 0, maximum: 1000000000000}", "{minimum: -1, maximum: 5}", "`minimum` must be given, 0 or more"),
    ("{minimum: 0, maximum: 1000000000000}", "{minimum: 0}", "`maximum` must be given"),
    ('"2000-01-01T00:00:00Z"', '"2000-01-01"', "must be a date and time with offset"),
    ("value: major", "value: cents", "must be one of major, minor"),
    ("property: unit, value: major", "property: Unit, value: major", "is not a custom property that we know"),
    ("name: user_id", "name: userId", "is not a column"),
    ("name: user_id", "name: order_id", "is defined twice"),
    ("value: CREATED,", "value: PAID,", "is listed twice"),
    ("value: CREATED,", "value: 5,", "must be a string"),
    ("type: kafka", "type: custom", "must name a server of type kafka"),
    ("name: orders\n", "name: order\n", "is not one of orders, payments"),
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


@pytest.mark.parametrize("path", ["", "payload.id", "$", "$.a[0]", "$..a", "$.a[*]", "$['a", "$.a b", '$["a"]'])
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


@pytest.mark.parametrize(("column", "rest"), [("order_id", "order_ref"), ("quantity", "pieces")])
def test_a_column_that_is_not_mapped_is_told(tmp_path: Path, column: str, rest: str) -> None:
    with pytest.raises(EcomError, match=f"column `{column}` is not mapped"):
        load_contract(changed(tmp_path, f"name: {column}\n", f"name: {rest}\n"))


def test_what_no_event_can_do_without_must_be_required(tmp_path: Path) -> None:
    old = "description: The order that the event is about.\n        required: true\n"
    with pytest.raises(EcomError, match="must be `required: true`"):
        load_contract(changed(tmp_path, old, old.replace("required: true", "required: false")))


def test_a_missing_folder_file_or_subject_is_told(tmp_path: Path) -> None:
    with pytest.raises(EcomError, match="does not exist; set ECOM_CONTRACTS"):
        load_contracts(tmp_path / "none")
    with pytest.raises(EcomError, match=r"holds no \*\.odcs\.yaml"):
        load_contracts(tmp_path)
    with pytest.raises(EcomError, match="There is no contract"):
        load_contract(tmp_path / "none.odcs.yaml")
    changed(tmp_path, "domain: sales", "domain: shop")
    with pytest.raises(EcomError, match="no contract whose schema object is named `payments`"):
        load_contracts(tmp_path)
    (tmp_path / "again.odcs.yaml").write_text(ORDERS, encoding="utf-8")
    with pytest.raises(EcomError, match="more than one contract"):
        load_contracts(tmp_path)


@pytest.mark.parametrize("text", ["", "5", "[]", "- a", "\t", "a: &x [*x]"])
def test_a_file_that_is_no_contract_at_all_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.odcs.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(EcomError, match=r"x\.odcs\.yaml:1: "):
        load_contract(path)


def test_the_reference_page_is_current() -> None:
    page = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
    assert page == reference(load_contracts(ROOT / "contracts")), "run `ecom contracts docs`"
