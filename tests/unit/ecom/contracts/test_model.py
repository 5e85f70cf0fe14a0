"""What a contract's fields give: paths, types, words and the column to search by."""

import pytest

from ecom.contracts.model import LONGEST_ID, Contract, Field

ITEMS = (Field("sku", "string", ("sku",)), Field("price", "number", ("price",), unit="major"))


@pytest.mark.parametrize(
    ("field", "sql_type"),
    [
        (Field("a", "string", ("a",)), "string"),
        (Field("a", "integer", ("a",)), "bigint"),
        (Field("a", "boolean", ("a",)), "boolean"),
        (Field("a", "timestamp", ("a",)), "timestamp"),
        (Field("a", "number", ("a",)), "decimal(38,18)"),
        (Field("a", "number", ("a",), unit="major"), "decimal(20,4)"),
        (Field("a", "integer", ("a",), unit="minor"), "decimal(20,4)"),
        (Field("a", "array", ("a",)), "array<string>"),
        (Field("a", "array", ("a",), fields=ITEMS), "array<struct<sku: string, price: decimal(20,4)>>"),
    ],
)
def test_each_type_has_its_column(field: Field, sql_type: str) -> None:
    assert field.sql_type == sql_type


def test_a_path_is_written_as_a_contract_may_write_it() -> None:
    assert Field("a", "string", ("payload", "order-id")).json_path == "$.payload['order-id']"


def test_ids_have_a_bound_unless_the_contract_has_one() -> None:
    assert Field("order_id", "string", ("a",)).longest == LONGEST_ID
    assert Field("order_id", "string", ("a",), max_length=36).longest == 36
    assert Field("note", "string", ("a",)).longest is None


def test_the_words_of_a_column_are_ours_after_mapping() -> None:
    mapped = Field("s", "string", ("s",), enum=("PAID", "CANCELED"), words={"CANCELED": "CANCELLED", "x": "NONE"})
    assert mapped.outcomes == frozenset({"PAID", "CANCELLED", "NONE"})
    assert Field("s", "string", ("s",), enum=("PAID",), default="NEW").outcomes == frozenset({"PAID", "NEW"})
    assert Field("s", "string", ("s",), constant="CAPTURED").outcomes == frozenset({"CAPTURED"})
    assert Field("s", "string", ("s",)).outcomes is None


def contract(*names: str, **given: object) -> Contract:
    fields = tuple(Field(name, "string", (name,), required=name != "late_id") for name in names)
    return Contract("d", "d.events", "1.0.0", fields, **given)  # type: ignore[arg-type]


def test_an_event_always_has_an_id_and_a_kept_one_may_be_deleted() -> None:
    assert list(contract("code").columns) == ["event_id", "code"]
    assert list(contract("event_id", "code").columns) == ["event_id", "code"]
    assert list(contract("code", keep="latest").columns) == ["event_id", "code", "is_deleted"]


@pytest.mark.parametrize(
    ("names", "column"),
    [
        (("event_id", "user_id", "order_id"), "order_id"),
        (("event_id", "late_id", "coupon_id"), "coupon_id"),
        (("event_id", "code"), "event_id"),
    ],
)
def test_people_look_by_the_order_else_the_first_required_id(names: tuple[str, ...], column: str) -> None:
    assert contract(*names).search_column == column


def test_a_field_is_found_by_its_name() -> None:
    assert contract("a", "b").field("b") is not None
    assert contract("a").field("b") is None
