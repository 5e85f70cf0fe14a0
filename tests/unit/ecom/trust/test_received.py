"""When Bronze received a record, asked by topic."""

from typing import Any

import pytest

from ecom.base.settings import Settings
from ecom.lake.trino import Result
from ecom.trust import received
from ecom.trust.received import received_at
from tests.unit.ecom.trino_session import FakeSession


class Trino(FakeSession):
    rows: list[tuple[Any, ...]]

    def query(self, sql: str) -> Result:
        Trino.asked.append(sql)
        return Result([], Trino.rows)


@pytest.fixture(autouse=True)
def trino(monkeypatch: pytest.MonkeyPatch) -> None:
    Trino.asked, Trino.rows = [], [(0, 5, 1_000_000)]
    monkeypatch.setattr(received, "TrinoSession", Trino)


def test_each_topic_is_asked_once_for_the_offsets_of_all_its_partitions() -> None:
    ask = received_at(Settings())
    found = ask([("orders.events", 0, 5), ("payments.events", 0, 7), ("orders.events", 1, 6)])
    assert len(Trino.asked) == 2
    assert "bronze_raw.orders_raw" in Trino.asked[0] and '"offset" in (5, 6)' in Trino.asked[0]
    assert "bronze_raw.payments_raw" in Trino.asked[1] and '"offset" in (7)' in Trino.asked[1]
    assert found == {("orders.events", 0, 5): 1_000_000, ("payments.events", 0, 5): 1_000_000}


def test_a_topic_that_no_contract_names_is_not_asked_for() -> None:
    assert received_at(Settings())([("another.topic", 0, 1)]) == {}
    assert Trino.asked == []
