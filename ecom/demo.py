"""`make demo`: the whole path on the local stack, compared with the oracle, in one go."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ecom.base.errors import EcomError, ExitCode
from ecom.base.progress import timed
from ecom.base.settings import Settings
from ecom.dbt.build import run_gold
from ecom.lake.trino import query
from ecom.pipeline import make_tables, publish_lake, run_bronze, run_silver
from ecom.trust.account import Account, account
from ecom.trust.received import received_at
from oracle import Oracle, compare, gold_from_kafka

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger("ecom.demo")
SPAN = timedelta(hours=6)
GOLD_ROWS = "select minute_bucket, currency, gmv, refunded_amount, net_sales, paid_orders from gold.fct_sales_minute"


def demo(settings: Settings, start_stack: Callable[[Settings], None], orders: int, seed: int) -> None:
    """Start all, send, run every job, compare with the oracle, print. Raises EcomError when a number differs."""
    from spark_jobs import class_data

    spark = _start_and_send(settings, start_stack, orders, seed)
    try:
        run_bronze(spark, settings)
        run_silver(spark, settings)
        publish_lake(settings)
    finally:
        spark.stop()
    with ThreadPoolExecutor(2) as beside, timed("Gold: dbt build; meanwhile the account, and the oracle from Kafka"):
        built, accounted = beside.submit(run_gold, settings), beside.submit(account, settings)
        expected = gold_from_kafka(settings, received_at(settings))
        built.result()
    class_data.keep()
    report(settings, expected, accounted.result())


def _start_and_send(
    settings: Settings, start_stack: Callable[[Settings], None], orders: int, seed: int
) -> "SparkSession":
    """Spark starts while the services do, and makes the tables while the events are sent."""
    from spark_jobs.session import build_session

    with ThreadPoolExecutor(1) as beside:
        session = beside.submit(build_session, settings, "ecom-demo")
        start_stack(settings)
        tables = beside.submit(lambda: make_tables(session.result(), settings))
        with timed(f"Sending {orders:,} orders and their payments"):
            _produce(settings, orders, seed, datetime.now(UTC))
        tables.result()
    return session.result()


def _produce(settings: Settings, orders: int, seed: int, now: datetime) -> None:
    from ecom.contracts.loader import dataset_topics
    from ecom.lake.topics import ensure_topics
    from generator.mix import Mix
    from generator.run import at_rate, send, to_records
    from generator.stream import generate

    ensure_topics(settings)
    start = (now - SPAN).replace(microsecond=0)
    records = to_records(generate(orders, seed, start, SPAN, Mix()), dataset_topics(settings))
    send(settings, at_rate(records, None), now)


def report(settings: Settings, expected: Oracle, found: Account) -> None:
    """Print what came out, and whether it is right."""
    from ecom.trust.account_text import print_account

    print("\nThe last minutes of Gold, by currency:")
    _print_table(settings, LAST_MINUTES)
    print("\nWhat was quarantined, and why:")
    _print_table(settings, _QUARANTINED)
    print("\nThe account of every topic-partition:")
    print_account(found)
    differences = compare(query(settings, GOLD_ROWS).rows, expected)
    if differences or not found.ok:
        first = "; ".join([str(d) for d in differences[:3]] + found.problems[:3])
        raise EcomError(f"The demo's numbers are wrong: {first}; please report this.", ExitCode.FINDING)
    rows = len(expected.gold)
    print(f"\nGold equals the oracle, an independent recomputation from Kafka: {rows:,} rows, no difference.")


LAST_MINUTES = """
select minute_bucket, currency, gmv, refunded_amount, net_sales, paid_orders
from gold.fct_sales_minute order by minute_bucket desc, currency limit 12
"""
_QUARANTINED = """
select r.field, r.rule, count(*) as records
from silver.quarantine cross join unnest(reasons) as r (field, rule, found)
group by 1, 2 order by 3 desc, 1, 2
"""
NEXT = """
What to type next (in a shell with `. .venv/bin/activate`):
  ecom open                                      the page: sales by the minute, and how far to trust them
  ecom sql "select currency, sum(gmv) as gmv, sum(paid_orders) as paid_orders from gold.fct_sales_minute group by 1"
  ecom produce --orders 500 && ecom run all      more events, and only what changed is built
  ecom verify                                    every number recomputed from the clean tables
  cd dbt_project && dbt build -s fct_sales_minute vw_sales_last_60min
  make down                                      stop the services; `make clean` forgets their data"""


def _print_table(settings: Settings, sql: str) -> None:
    from ecom.base.sql_text import plain_table, text_value

    found = query(settings, sql)
    cells = [[text_value(value) for value in row] for row in found.rows]
    for line in plain_table(found.columns, cells, [False] * len(found.columns)):
        print("  " + line, end="")
