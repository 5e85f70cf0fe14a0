"""What Trino is asked when tables and views are published."""

from typing import Any

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake import catalog
from ecom.lake.tables import Table
from ecom.lake.trino import Result
from tests.unit.ecom.trino_session import FakeSession

OLD, NEW = Table("silver", "orders_clean", "a int"), Table("ops", "orders_ledger", "a int")
VIEWS = {"silver.quarantine": "select 1"}


class Trino(FakeSession):
    """Answers as a Trino that knows one table; keeps what it was asked."""

    failing: str | None = None

    def query(self, sql: str) -> Result:
        Trino.asked.append(sql)
        if Trino.failing and "register_table" in sql:
            raise EcomError(Trino.failing)
        rows: list[tuple[Any, ...]] = []
        if "information_schema" in sql:
            rows = [("silver", "orders_clean")]
        if sql.startswith("show create"):
            rows = [("CREATE TABLE x (a int) WITH (location = 's3://lake/silver/orders_clean-1')",)]
        return Result([], rows)


@pytest.fixture(autouse=True)
def trino(monkeypatch: pytest.MonkeyPatch) -> None:
    Trino.asked, Trino.failing = [], None
    monkeypatch.setattr(catalog, "TrinoSession", Trino)


def test_only_tables_that_trino_does_not_know_are_registered_and_every_view_is_defined() -> None:
    assert catalog.publish(Settings(lakehouse_uri="s3://lake"), [OLD, NEW], VIEWS) == ["ops.orders_ledger"]
    assert Trino.asked[1:] == [
        "create schema if not exists delta.ops",
        "call delta.system.register_table('ops', 'orders_ledger', 's3://lake/ops/orders_ledger')",
        "create or replace view delta.silver.quarantine security definer as select 1",
    ]


def test_a_run_beside_this_one_may_be_first() -> None:
    Trino.failing = "Table already exists: ops.orders_ledger"
    assert catalog.publish(Settings(), [NEW], {}) == ["ops.orders_ledger"]
    Trino.failing = "Access Denied"
    with pytest.raises(EcomError, match="Access Denied"):
        catalog.publish(Settings(), [NEW], {})


def test_a_lake_is_complete_when_trino_knows_every_table_and_view() -> None:
    assert catalog.is_complete(Settings(), [OLD], {})
    assert not catalog.is_complete(Settings(), [OLD, NEW], {})
    assert not catalog.is_complete(Settings(), [OLD], VIEWS)


def test_a_table_s_place_is_what_trino_says() -> None:
    assert catalog.location_of(Settings(), "silver", "orders_clean") == "s3://lake/silver/orders_clean-1"
    assert catalog.location_of(Settings(), "silver", "nothing") is None
