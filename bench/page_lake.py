"""A lake of a million orders for the page's measurements, written by Trino past the jobs: minutes instead of an hour.

    ecom up && python -m bench.page_lake && (cd dbt_project && dbt build -s fct_sales_minute)

Each order has two order events and one payment; every offset is clean. It spans the last 30 days. Not a lake to go on
from: the jobs do not know these offsets. Numbers of the page come from it as they would from any other.
"""

import sys
import time

from ecom.base.settings import load_settings
from ecom.lake.trino import TrinoSession

ORDERS = 1_000_000
AT_ONCE = 100_000  # rows of a statement
# One order each n; the newest are placed now.
ORDER = """
    'o-' || cast(n as varchar) as order_id,
    'u-' || cast(n % 50000 as varchar) as user_id,
    element_at(array['USD', 'USD', 'USD', 'EUR', 'JPY', 'KWD'], cast(n % 6 as integer) + 1) as currency,
    cast(10 + n % 500 as decimal(20, 4)) as total,
    timestamp '{start}' + n * interval '{step}' second as at
"""
BRONZE = """
insert into bronze_raw.{subject}_raw
select order_id, json_format(cast(map(array['order_id', 'status'], array[order_id, 'PAID']) as json)), null, null,
    '{topic}', cast(k % 3 as integer), k / 3, at, at
from (select {order}, {events} * n + e as k from ({numbers}) cross join unnest(sequence(0, {events} - 1)) as u (e))
"""
ORDERS_CLEAN = """
insert into silver.orders_clean
select order_id || '-' || cast(e as varchar), order_id, user_id, cast(array[] as array(row(product_id varchar,
    product_name varchar, category varchar, quantity bigint, unit_price decimal(20, 4)))), currency, total,
    if(e = 0, 'CREATED', 'PAID'), at, cast(at as date), '{topic}', cast(k % 3 as integer), k / 3, at
from (select {order}, e, 2 * n + e as k from ({numbers}) cross join unnest(sequence(0, 1)) as u (e))
"""
PAYMENTS_CLEAN = """
insert into silver.payments_clean
select order_id || '-p', order_id || '-p', order_id, total, currency, 'CAPTURED', 'card', at, cast(at as date),
    '{topic}', cast(n % 3 as integer), n / 3, at
from (select {order}, n from ({numbers}))
"""
STATE = """
insert into silver.order_state
select order_id, user_id, 'PAID', currency, total, cast(array[] as array(row(product_id varchar, product_name varchar,
    category varchar, quantity bigint, unit_price decimal(20, 4)))), at, date_trunc('minute', at),
    cast(total as decimal(38, 4)), cast(if(n % 40 = 0, 1, 0) as decimal(38, 4)), 0,
    at + n % 900 * interval '1' second, at, 3, at, cast(date_trunc('month', at) as date)
from (select {order}, n from ({numbers}))
"""
LEDGER = """
insert into ops.{subject}_ledger
select 0, 'bench', '{topic}', p, 0, {last}, {last} + 1, {last} + 1, 0, 0, current_timestamp, current_timestamp
from unnest(sequence(0, 2)) as u (p)
"""
SPAN_S = 30 * 86400


def build(orders: int) -> None:
    """Fills every table of the lake with `orders` orders, by Trino."""
    settings = load_settings()
    topics = settings.topics
    started = time.monotonic()
    with TrinoSession(settings) as trino:
        now = trino.query("select date_format(current_timestamp, '%Y-%m-%d %H:%i:%s')").scalar()
        start = trino.query(f"select cast(timestamp '{now} UTC' - interval '{SPAN_S}' second as varchar)").scalar()
        step = f"{SPAN_S / orders:.6f}"
        for first in range(0, orders, AT_ONCE):
            last = min(first + AT_ONCE, orders) - 1
            words = {"order": ORDER.format(start=start, step=step), "numbers": numbers(first, last)}
            for subject, events in (("orders", 2), ("payments", 1)):
                trino.query(BRONZE.format(subject=subject, topic=topics[subject], events=events, **words))
            trino.query(ORDERS_CLEAN.format(topic=topics["orders"], **words))
            trino.query(PAYMENTS_CLEAN.format(topic=topics["payments"], **words))
            trino.query(STATE.format(**words))
            print(f"{last + 1:,} orders after {time.monotonic() - started:.0f} s", flush=True)
        for subject, events in (("orders", 2), ("payments", 1)):
            ends = LEDGER.format(subject=subject, topic=topics[subject], last=events * orders // 3 - 1)
            trino.query(ends)


def numbers(first: int, last: int) -> str:
    """`n` from first to last, by sequences that Trino allows (10,000 long)."""
    size = last - first + 1
    return (
        f"select {first} + a * 1000 + b as n from unnest(sequence(0, {size // 1000 - 1})) as x (a)"
        " cross join unnest(sequence(0, 999)) as y (b)"
    )


if __name__ == "__main__":
    build(int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS)
