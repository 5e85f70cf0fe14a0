"""A run that finds nothing new starts neither Spark nor dbt; whatever is new is seen."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.lake.pending import bronze_is_pending, silver_is_pending
from ecom.lake.trino import query
from ecom.news import gold_has_news, spark_has_news, what_gold_reads
from generator.stream import generate
from tests.lake import clean_table, ecom, produce

START = datetime.now(UTC) - timedelta(days=3)


def test_a_run_does_only_what_is_new(lake: Settings) -> None:
    contracts = load_datasets(lake)

    produce(lake, generate(20, 61, START, timedelta(hours=1)))
    assert "Gold: dbt build" in run_all(lake)
    again = run_all(lake)
    assert "Nothing is new for Bronze and Silver" in again and "Nothing is new for Gold" in again
    assert "Spark" not in again and "dbt" not in again
    assert not spark_has_news(lake, contracts, bronze=True, silver=True)

    def gold_news() -> bool:
        return gold_has_news(lake, what_gold_reads(lake, contracts))

    orders, gone = contracts["orders"], clean_table(lake, "orders")
    seen_after(lambda: query(lake, "delete from gold.fct_sales_minute"), gold_news)
    seen_after(lambda: query(lake, f"delete from {gone}"), lambda: silver_is_pending(lake, orders))
    one_more = generate(1, 62, START, timedelta(hours=1))
    seen_after(lambda: produce(lake, one_more), lambda: bronze_is_pending(lake, orders))


def run_all(lake: Settings) -> str:
    done = ecom(lake, "run", "all", timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stderr


def seen_after(change: Callable[[], object], has_news: Callable[[], bool]) -> None:
    assert not has_news()
    change()
    assert has_news()
