"""What failed in a dbt task, from the table that dbt writes its results to."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake.trino import Result
from ecom.orchestration import dbt_failures
from ecom.orchestration.dbt_failures import BAD, MOST, failed_nodes

AT = datetime(2026, 1, 31, 10, tzinfo=UTC)
CONTEXT = {"ti": SimpleNamespace(start_date=AT)}
ROWS = [
    ("test.ecom_analytics.not_null_fct_sales_minute_gmv.0a1b", 1_234, "Got 1234 results, configured to fail if != 0"),
    ("model.ecom_analytics.fct_sales_minute", None, None),
]


def answers(monkeypatch: pytest.MonkeyPatch, rows: list[tuple[Any, ...]] | EcomError) -> list[list[Any]]:
    asked = list[list[Any]]()

    def query(settings: Settings, sql: str, params: list[Any]) -> Result:
        asked.append(params)
        if isinstance(rows, EcomError):
            raise rows
        return Result([], rows)

    monkeypatch.setattr(dbt_failures, "query", query)
    return asked


def test_each_node_is_named_as_dbt_selects_it_with_its_rows_and_message(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answers(monkeypatch, ROWS)
    assert failed_nodes(Settings(), CONTEXT) == (
        "dbt test not_null_fct_sales_minute_gmv (1,234 rows in it): Got 1234 results, configured to fail if != 0; "
        "dbt model fct_sales_minute: no message"
    )
    assert asked == [[*BAD, AT, MOST]], "only of the task's own try"


def test_without_failures_or_without_trino_there_is_nothing_to_add(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, [])
    assert failed_nodes(Settings(), CONTEXT) is None
    answers(monkeypatch, EcomError("Trino does not answer."))
    assert failed_nodes(Settings(), CONTEXT) is None
