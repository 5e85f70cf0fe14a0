"""Who may do what on the real Trino, and that its readers can neither starve dbt nor bring it down."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import trino.exceptions as trino_errors
from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.dbt.build import MODELS
from ecom.lake.trino import Result, _connect, query
from ecom.stack.control import status
from tests.e2e.gold_lake import GoldLake, Order, changed
from tests.lake import empty_lake

pytestmark = pytest.mark.timeout(600)

TEN = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
READERS = ("dashboard", "operator")
OPTIMIZE = "alter table gold.fct_sales_minute execute optimize"

ALLOWED = {
    "dashboard": [
        "select * from gold.fct_sales_minute",
        "select * from gold.vw_sales_last_60min",
        "select * from gold.vw_quarantine_last_24h",
        "select * from silver.order_payments_enriched",
        "select * from information_schema.columns",
        "select * from system.jdbc.tables where table_cat = 'delta'",
        "show tables from gold",
        "explain analyze select count(*) from gold.fct_sales_minute",
    ],
    "operator": [
        "select * from gold.fct_sales_minute",
        "select * from gold_audit.dbt_results",
        'select * from silver."order_state$history"',
        "select * from silver.order_payments_enriched",
        "select * from silver.quarantine",
        "select * from ops.batch_ledger",
        "select * from bronze_raw.orders_raw",
    ],
}
REFUSED = {
    "dashboard": [
        "select * from silver.order_state",
        'select * from silver."order_state$history"',
        'select * from silver."order_state$properties"',
        "select * from hive.silver.order_state",  # redirected to `delta`, whose rules hold
        "select * from silver.quarantine",
        "select * from silver.orders_quarantine",
        "select * from silver.orders_clean",
        "select * from bronze_raw.orders_raw",
        "select * from ops.batch_ledger",
        "select * from gold_audit.dbt_results",
        "show create table silver.order_state",
        "show columns from silver.order_state",
    ],
    "operator": [],
}
REFUSED_TO_READERS = [
    "insert into gold.fct_sales_minute select * from gold.fct_sales_minute",
    "explain analyze insert into gold.fct_sales_minute select * from gold.fct_sales_minute",
    "update gold.fct_sales_minute set gmv = 0",
    "delete from gold.fct_sales_minute",
    "merge into gold.fct_sales_minute t using gold.fct_sales_minute s on t.currency = s.currency "
    "when matched then delete",
    "truncate table gold.fct_sales_minute",
    "analyze gold.fct_sales_minute",
    "create table gold.mine (a int)",
    "create table gold.mine as select 1 as a",
    "create table mine.mine (a int)",
    "create schema mine",
    "drop schema gold cascade",
    "drop table gold.fct_sales_minute",
    "alter table gold.fct_sales_minute add column a int",
    "alter table gold.fct_sales_minute rename to gold.other",
    "alter table gold.fct_sales_minute set properties change_data_feed_enabled = false",
    "alter table gold.fct_sales_minute set authorization dashboard",
    "comment on table gold.fct_sales_minute is 'mine'",
    "create view gold.mine as select * from gold.fct_sales_minute",
    "create or replace view silver.order_payments_enriched as select 1 as a",
    "drop view silver.order_payments_enriched",
    OPTIMIZE,
    f"explain analyze {OPTIMIZE}",
    f"execute immediate '{OPTIMIZE}'",
    "call delta.system.register_table('gold', 'mine', 's3://lake/silver/order_state')",
    "call delta.system.unregister_table('gold', 'fct_sales_minute')",
    "call delta.system.vacuum('gold', 'fct_sales_minute', '30d')",
    "call delta.system.flush_metadata_cache()",
    "call system.runtime.kill_query('20260131_100000_00000_aaaaa', 'no')",
    "select * from table(delta.system.table_changes('silver', 'order_state', 0))",
    "select * from table(delta.system.table_changes('gold', 'fct_sales_minute', 0))",
    "select * from system.runtime.queries",
    "select * from system.runtime.nodes",
    "select * from system.metadata.table_comments",
    "show schemas from hive",
    "select * from hive.gold.vw_sales_last_60min",
    "create table hive.gold.mine (a int)",
    "create catalog mine using memory",
    "grant select on gold.fct_sales_minute to user dashboard",
    "create role mine",
    "set session resource_overcommit = true",
    "set session query_max_run_time = '10h'",
    "set session query_max_execution_time = '10h'",
    "set session delta.parquet_max_read_block_size = '1GB'",
    "set session authorization dbt",
]
REFUSED_TO_STRANGERS = ["select 1", "show catalogs", "show schemas from delta", "select * from gold.fct_sales_minute"]
REFUSALS = ("PERMISSION_DENIED", "QUERY_QUEUE_FULL")

ROWS = "unnest(sequence(1, 10000)) a (x) cross join unnest(sequence(1, 2000)) b (y)"
HOSTILE = [
    f"with k as (select x * 10000 + y as k, rpad(cast(x as varchar), 50, 'x') as t from {ROWS}) "
    "select count(*) from k join k as other using (k) where k.t < other.t || 'y'",
    f"select * from (select x, y, rpad(cast(y as varchar), 200, 'x') as t from {ROWS}) order by t, y, x",
    f"select x, array_agg(rpad(cast(y as varchar), 500, 'x')) from {ROWS} group by x",
    f"select array_agg(x * y) from {ROWS}",
    f"select count(distinct x * 10000 + y) from {ROWS}",
    f"select max(n) from (select row_number() over (partition by y % 3 order by x) as n from {ROWS})",
    f"select map_agg(x * 10000 + y, rpad('x', 100, 'x')) from {ROWS}",
    f"select x, y, rpad('x', 5000, 'x') from {ROWS}",
]


@pytest.fixture(scope="module")
def lake(spark: SparkSession, stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> GoldLake:
    """A few orders, Gold built from them."""
    empty_lake(stack)
    lake = GoldLake(spark, stack, datetime.now(UTC), Path(tmp_path_factory.mktemp("dbt")))
    lake.empty()
    lake.put(Order("a", TEN), Order("b", TEN, currency="JPY"))
    lake.dbt("build", "-s", MODELS, "--exclude-resource-type", "unit_test")
    return lake


def as_user(lake: GoldLake, user: str, sql: str) -> Result:
    return query(lake.settings.model_copy(update={"trino_user": user}), sql)


def outcome(lake: GoldLake, user: str, sql: str) -> str:
    """`allowed`, `refused`, or what went wrong otherwise."""
    try:
        as_user(lake, user, sql)
    except EcomError as error:
        return "refused" if any(name in str(error) for name in REFUSALS) else str(error)
    return "allowed"


def test_readers_read_what_is_theirs(lake: GoldLake) -> None:
    asked = [(user, sql) for user in READERS for sql in ALLOWED[user]]
    assert [(*case, found) for case in asked if (found := outcome(lake, *case)) != "allowed"] == []
    assert as_user(lake, "dashboard", "select count(*) from silver.order_payments_enriched").scalar() == 2


def test_readers_are_refused_everything_else_and_strangers_all_of_it(lake: GoldLake) -> None:
    before = lake.gold_version()
    asked = [(user, sql) for user in READERS for sql in [*REFUSED[user], *REFUSED_TO_READERS]]
    asked += [(user, sql) for user in ("metabase", "admin", "DBT", "dbt2") for sql in REFUSED_TO_STRANGERS]
    assert [(*case, found) for case in asked if (found := outcome(lake, *case)) != "refused"] == []
    assert lake.gold_version() == before


def test_readers_see_no_name_of_what_they_may_not_read(lake: GoldLake) -> None:
    tables = as_user(lake, "dashboard", "select table_schema, table_name from information_schema.tables").rows
    seen = {(schema, name) for schema, name in tables if schema != "information_schema"}
    assert {schema for schema, _ in seen} == {"gold", "silver"}
    assert [name for schema, name in seen if schema == "silver"] == ["order_payments_enriched"]
    assert {row[0] for row in as_user(lake, "dashboard", "show catalogs").rows} <= {"delta", "system"}


def test_a_reader_can_neither_see_nor_end_what_others_run_nor_trino(lake: GoldLake) -> None:
    host, port = lake.settings.trino_address
    url, headers = f"http://{host}:{port}/v1", {"X-Trino-User": "dashboard"}
    as_user(lake, "dashboard", "select 1")
    of_dbt = lake.sql("select query_id from system.runtime.queries where \"user\" = 'dbt' limit 1")[0][0]
    for path in (f"/query/{of_dbt}", "/node", "/thread"):
        assert requests.get(url + path, headers=headers, timeout=10).status_code == 403, path
    assert requests.delete(f"{url}/query/{of_dbt}", headers=headers, timeout=10).status_code == 403
    assert requests.put(f"{url}/query/{of_dbt}/killed", "no", headers=headers, timeout=10).status_code == 403
    as_json = headers | {"Content-Type": "application/json"}
    ending = requests.put(f"{url}/info/state", '"SHUTTING_DOWN"', headers=as_json, timeout=10)
    assert ending.status_code == 403
    listed = requests.get(f"{url}/query", headers=headers, timeout=10).json()
    assert {found["session"]["user"] for found in listed} == {"dashboard"}


def test_a_limit_is_not_lifted_by_a_connection_s_own_properties(lake: GoldLake) -> None:
    host, port = lake.settings.trino_address
    shown = as_user(lake, "operator", "show session like 'query_max_execution_time'").rows
    assert shown[0][1] == "2.00m"
    given = {"query_max_execution_time": "10h"}
    cursor = _connect(host=host, port=port, user="operator", session_properties=given).cursor()
    with pytest.raises(trino_errors.TrinoUserError, match="Access Denied"):
        cursor.execute("select 1")


def test_dbt_builds_and_trino_lives_while_readers_ask_for_too_much(lake: GoldLake) -> None:
    trino_process = next(s.pid for s in status(lake.settings) if s.name == "trino")
    lake.put(changed(lake.orders["a"], paid="9.0000"), Order("c", TEN))
    with hostile_readers(lake) as ended:
        time.sleep(5)
        started = time.monotonic()
        lake.build()
        took = time.monotonic() - started
        while len(ended) < len(HOSTILE) and time.monotonic() - started < 100:
            time.sleep(0.5)
    assert lake.gold() == lake.expected()
    assert took < 300, f"{took:.0f} s"  # a minute and less on a quiet machine of 2 cores
    waited = "select max(queued_time_ms) from system.runtime.queries where \"user\" = '{}'"
    assert lake.sql(waited.format("dbt"))[0][0] < 5_000, "dbt's queries wait for nobody's"
    assert lake.sql(waited.format("dashboard"))[0][0] > 1_000, "readers' queries wait for each other: they were too few"
    assert any("EXCEEDED" in how for how in ended), ended
    assert next(s.pid for s in status(lake.settings) if s.name == "trino") == trino_process


@contextmanager
def hostile_readers(lake: GoldLake) -> Iterator[list[str]]:
    """Six of each reader's queries at any time, again and again; yields how each has ended."""
    ended: list[str] = []
    done = threading.Event()

    def ask(number: int) -> None:
        while not done.is_set():
            try:
                as_user(lake, READERS[number % 2], HOSTILE[(number + len(ended)) % len(HOSTILE)])
                ended.append("finished")
            except EcomError as error:
                ended.append(str(error))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    try:
        yield ended
    finally:
        done.set()
        while any(thread.is_alive() for thread in threads):
            end_readers_queries(lake)
            time.sleep(0.5)


def end_readers_queries(lake: GoldLake) -> None:
    running = (
        "select query_id from system.runtime.queries where \"user\" <> 'dbt' and state not in ('FINISHED', 'FAILED')"
    )
    for (query_id,) in lake.sql(running):
        try:
            lake.sql(f"call system.runtime.kill_query('{query_id}', 'the test is over')")
        except EcomError:
            continue  # it has just ended
