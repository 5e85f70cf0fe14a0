"""The Metabase cards' SQL on the real Trino, as the user who reads them there; and where dbt's lineage ends."""

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pyspark.sql import SparkSession

from ecom.base.layout import docs_folder
from ecom.base.settings import Settings
from ecom.dbt.docs import refresh
from ecom.lake.tables import quarantine
from ecom.lake.trino import Result, query
from ecom.metabase.definition import load_all
from ecom.stack.services import dashboard
from spark_jobs.tables import struct
from tests.dbt import build_gold
from tests.e2e.gold_lake import GoldLake, Order
from tests.lake import empty_lake

pytestmark = pytest.mark.timeout(600)

(SALES,) = load_all()
CARDS = {card.key: card for card in SALES.cards}
NOW = datetime.now(UTC).replace(second=0, microsecond=0)
SOON = NOW - timedelta(minutes=5)
EXPOSURES = {"metabase_sales_by_the_minute", "sales_page"}


@pytest.fixture(scope="module")
def lake(spark: SparkSession, stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> GoldLake:
    """Three orders in USD, one in JPY, one older than an hour; three quarantined messages, one of them old."""
    empty_lake(stack)
    lake = GoldLake(spark, stack, datetime.now(UTC), Path(tmp_path_factory.mktemp("dbt")))
    lake.empty()
    build_gold(stack)
    return lake


def fill(lake: GoldLake) -> None:
    later = SOON + timedelta(minutes=1)
    orders = [Order("a", SOON), Order("b", SOON, total="20", paid="20", refunded="5"), Order("c", later)]
    lake.put(*orders, Order("d", SOON, total="500", paid="500", currency="JPY"), Order("e", NOW - timedelta(hours=2)))
    put_quarantined(lake, ("currency", "unknown_currency"), ("total_amount", "missing"))
    put_quarantined(lake, ("total_amount", "missing"), ("currency", "unknown_currency"))
    put_quarantined(lake, ("$", "not_json"), hours=25)
    build_gold(lake.settings)


def put_quarantined(lake: GoldLake, *reasons: tuple[str, str], hours: int = 1) -> None:
    at = datetime.now(UTC) - timedelta(hours=hours)
    stored = [(field, rule, "what was found") for field, rule in reasons]
    row = ("orders.events", 0, 0, at, "key", "value", None, stored, "1.0.0", at)
    table = quarantine("orders")
    lake.spark.createDataFrame([row], struct(table)).write.format("delta").mode("append").save(
        table.path(lake.settings)
    )


def run(lake: GoldLake, key: str, currency: str | None = None) -> Result:
    """As Metabase does it: what stands in [[ ]] counts only while the filter is set."""
    optional = "" if currency is None else r"\1"
    sql = re.sub(r"\[\[(.*?)\]\]", optional, CARDS[key].sql, flags=re.DOTALL).replace("{{currency}}", f"'{currency}'")
    return query(lake.settings.model_copy(update={"trino_user": "dashboard"}), sql.strip())


def test_on_an_empty_lake_every_card_has_an_answer(lake: GoldLake) -> None:
    found = {key: run(lake, key).rows for key in CARDS}
    assert found["quarantined"] == [(0,)]
    assert [row[3] for row in found["freshness"]] == ["unchanged for a day or more"] * 2
    assert {(row[1], row[2], row[3]) for row in found["by_the_minute"]} == {(0, 0, None)}
    assert found["gmv"] == found["by_currency"] == []


def test_the_cards_show_the_past_hour_a_currency_at_a_time(lake: GoldLake) -> None:
    fill(lake)
    assert run(lake, "currency_shown").rows == [("USD",)], "the one with the most paid orders"
    for key, dollars, yen in (
        ("gmv", Decimal("40.0000"), Decimal("500.0000")),
        ("net_sales", Decimal("35.0000"), Decimal("500.0000")),
        ("paid_orders", 3, 1),
        ("average_order_value", Decimal("13.3333"), Decimal("500.0000")),
    ):
        assert run(lake, key).scalar() == run(lake, key, "usd").scalar() == dollars, key
        assert run(lake, key, "JPY").scalar() == yen, key
        assert run(lake, key, "EUR").rows == []
    assert [row[:3] for row in run(lake, "by_currency").rows] == [
        ("USD", 3, Decimal("40.0000")),
        ("JPY", 1, Decimal("500.0000")),
    ]
    assert len(run(lake, "gmv_by_currency").rows) == len(run(lake, "paid_orders_by_currency").rows) == 3


def test_the_line_has_a_point_a_minute_zero_where_nothing_was_sold(lake: GoldLake) -> None:
    shown = run(lake, "by_the_minute")
    assert shown.columns == ["minute_bucket", "gmv", "paid_orders", "currency"]
    minutes = [row[0] for row in shown.rows]
    assert len(minutes) == 60
    assert {later - earlier for earlier, later in pairwise(minutes)} == {timedelta(minutes=1)}
    sold = {row[0]: row[1:] for row in shown.rows if row[2]}
    assert sold == {
        SOON: (Decimal("30.0000"), 2, "USD"),
        SOON + timedelta(minutes=1): (Decimal("10.0000"), 1, "USD"),
    }


def test_every_column_that_a_chart_names_is_in_its_answer(lake: GoldLake) -> None:
    for key, card in CARDS.items():
        named = [*card.settings.get("graph.dimensions", []), *card.settings.get("graph.metrics", [])]
        assert set(named) <= set(run(lake, key).columns), key


def test_quarantined_messages_count_once_each_by_all_they_break(lake: GoldLake) -> None:
    assert run(lake, "quarantined").scalar() == 2
    ((records, topic, reasons, newest),) = run(lake, "quarantine_reasons").rows
    assert (records, topic) == (2, "orders.events")
    assert reasons == "currency: unknown_currency, total_amount: missing"
    assert datetime.now(UTC) - newest < timedelta(hours=2)


def test_freshness_is_when_gold_and_silver_last_changed(lake: GoldLake) -> None:
    for layer, changed, minutes, verdict in run(lake, "freshness").rows:
        assert changed is not None and 0 <= minutes < 15 and verdict == "fresh", layer


def test_what_the_cards_read_says_no_word_of_a_message(lake: GoldLake) -> None:
    as_dashboard = lake.settings.model_copy(update={"trino_user": "dashboard"})
    shown = query(as_dashboard, "select * from gold.vw_quarantine_last_24h")
    assert shown.columns == ["topic", "reasons", "records", "newest_ts"]
    assert "what was found" not in str(shown.rows)


def test_dbt_docs_show_source_model_and_both_dashboards_and_lead_to_the_contracts(lake: GoldLake) -> None:
    refresh(lake.settings)
    with served(docs_folder(lake.settings.ecom_home)) as url:
        manifest, catalog = (json.loads(read(f"{url}/{name}.json")) for name in ("manifest", "catalog"))
        assert "exposure" in read(f"{url}/index.html")
        overview = manifest["docs"]["doc.ecom_analytics.__overview__"]["block_contents"]
        (link,) = set(re.findall(r"\]\((\S+\.html)\)", overview))
        page = read(f"{url}/{link}")
    assert "orders.events" in page and "payments.events" in page and "too_many_fraction_digits" in page
    ends = {one["name"]: one for one in manifest["exposures"].values()}
    assert ends.keys() == EXPOSURES
    assert ends["sales_page"]["url"] == dashboard(lake.settings).endpoint, "wherever the stack's ports are"
    for name, one in ends.items():
        assert one["owner"]["name"] and "@" in one["owner"]["email"] and len(one["description"]) > 40, name
        above = ancestors(manifest, one["unique_id"])
        assert "source.ecom_analytics.silver.order_state" in above, name
        assert "model.ecom_analytics.fct_sales_minute" in above, name
        missing = above - catalog["nodes"].keys() - catalog["sources"].keys()
        assert not missing, "what it reads is there in Trino"


def ancestors(manifest: dict[str, Any], node: str) -> set[str]:
    """All that it is made of."""
    parents = set(manifest["parent_map"].get(node, []))
    return parents.union(*(ancestors(manifest, parent) for parent in parents))


def read(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """As `ecom up --all` serves it on port 8081."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=folder))
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
