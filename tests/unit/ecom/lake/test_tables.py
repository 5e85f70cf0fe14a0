"""Each dataset's tables, by its contract."""

from dataclasses import replace

import pytest

from ecom.base.settings import ROOT, Settings
from ecom.contracts.loader import load_contracts
from ecom.contracts.model import Contract
from ecom.lake import tables

CONTRACTS = load_contracts(ROOT / "contracts")


@pytest.fixture
def kept() -> Contract:
    """A dataset that keeps the latest."""
    return replace(CONTRACTS["orders"], dataset="stock", keep="latest", key=("order_id",))


def test_a_dataset_has_five_tables_whose_names_begin_with_it() -> None:
    names = [str(table) for table in tables.of_dataset(CONTRACTS["orders"])]
    assert names == [
        "bronze_raw.orders_raw",
        "silver.orders_clean",
        "silver.orders_duplicates",
        "silver.orders_quarantine",
        "ops.orders_ledger",
    ]


def test_one_that_keeps_the_latest_has_a_table_of_it(kept: Contract) -> None:
    assert [str(table) for table in tables.of_dataset(kept)][-1] == "silver.stock_latest"
    assert "is_deleted boolean" in tables.latest(kept).columns


def test_no_two_tables_of_all_datasets_share_a_name() -> None:
    names = [str(table) for table in tables.of_datasets(CONTRACTS.values())]
    assert len(names) == len(set(names)) == 5 * len(CONTRACTS)


def test_the_clean_table_has_the_contract_s_columns_and_ours() -> None:
    columns = tables.clean(CONTRACTS["payments"]).columns
    for name, sql_type in CONTRACTS["payments"].columns.items():
        assert f"{name} {sql_type}" in columns
    for ours in ("event_date date", "topic string", "offset bigint", "ingest_ts timestamp", "conflicts_with struct<"):
        assert ours in columns
    assert tables.clean(CONTRACTS["payments"]).partitioned_by == ("event_date",)


def test_verdicts_are_three_tables() -> None:
    found = {name: str(table) for name, table in tables.verdicts(CONTRACTS["orders"]).items()}
    assert found == {
        "clean": "silver.orders_clean",
        "duplicate": "silver.orders_duplicates",
        "quarantined": "silver.orders_quarantine",
    }


def test_spark_has_the_path_in_its_own_scheme() -> None:
    settings = Settings(lakehouse_uri="s3://bucket/s3/lake")
    assert tables.lake_root(settings) == "s3a://bucket/s3/lake"
    assert tables.raw("orders").path(settings) == "s3a://bucket/s3/lake/bronze_raw/orders_raw"
