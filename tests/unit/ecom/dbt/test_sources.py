"""dbt's sources, as the contracts have them."""

from dataclasses import replace

import pytest
import yaml

from ecom.base.settings import ROOT
from ecom.contracts.loader import load_contracts
from ecom.dbt.sources import are_current, sources_yaml, trino_type

CONTRACTS = load_contracts(ROOT / "contracts")


@pytest.mark.parametrize(
    ("spark", "trino"),
    [
        ("string", "varchar"),
        ("bigint", "bigint"),
        ("decimal(20,4)", "decimal(20,4)"),
        ("timestamp", "timestamp(3) with time zone"),
        ("array<string>", "array(varchar)"),
        ("array<struct<sku: string, qty: bigint>>", "array(row(sku varchar, qty bigint))"),
    ],
)
def test_each_type_has_trino_s_name(spark: str, trino: str) -> None:
    assert trino_type(spark) == trino


def test_the_project_has_what_the_contracts_say() -> None:
    assert are_current(CONTRACTS)
    assert not are_current({"orders": CONTRACTS["orders"]})


def test_every_column_is_described_and_typed_and_no_alias_is_written() -> None:
    text = sources_yaml(CONTRACTS)
    assert "&id" not in text and text.startswith("# Written by `ecom contracts docs`")
    (source,) = yaml.safe_load(text)["sources"]
    assert [table["name"] for table in source["tables"]][:2] == ["orders_clean", "payments_clean"]
    columns = [column for table in source["tables"] for column in table["columns"]]
    assert all(column["description"] and column["data_type"] for column in columns)


def test_what_is_required_is_tested_and_what_is_deleted_leaves_gaps() -> None:
    kept = replace(CONTRACTS["orders"], dataset="stock", keep="latest", key=("order_id",))
    (source,) = yaml.safe_load(sources_yaml({"orders": CONTRACTS["orders"], "stock": kept}))["sources"]
    tables = {table["name"]: {c["name"]: c for c in table["columns"]} for table in source["tables"]}
    assert "not_null" in tables["orders_clean"]["order_id"]["data_tests"]
    assert "data_tests" not in tables["stock_clean"]["order_id"], "a deletion names the key alone"
    assert "is_deleted" not in tables["stock_current"]
