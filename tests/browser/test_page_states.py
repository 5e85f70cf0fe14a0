"""The page where there is nothing, little, or very much to show. Gold is written here by Trino, without the jobs."""

import http.client
import re
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from ecom.base.settings import Settings
from ecom.contracts.currencies import MINOR_DIGITS
from ecom.lake.trino import query
from tests.browser.conftest import Serve
from tests.browser.on_page import chart, choose, drawn, figure, metric, part
from tests.browser.test_sales_page import stack_of
from tests.conftest import free_port_base
from tests.lake import fresh

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
FORTY = [*sorted(MINOR_DIGITS)[:38], "JPY", "USD"]
GOLD = """
create table gold.fct_sales_minute (
    minute_bucket timestamp(3) with time zone, currency varchar, gmv decimal(38, 4), refunded_amount decimal(38, 4),
    net_sales decimal(38, 4), paid_orders bigint, source_generation varchar, source_version bigint,
    processed_ts timestamp(3) with time zone
)
"""


def insert(settings: Settings, minutes: str, currencies: list[str]) -> None:
    """A sale of 10.0000 with a refund of 1.0000 in each of `minutes`, a query of one column, and each currency."""
    listed = ", ".join(f"('{code}')" for code in currencies)
    query(
        settings,
        "insert into gold.fct_sales_minute select minute, currency, decimal '10.0000', decimal '1.0000',"
        f" decimal '9.0000', 1, 'g', 1, current_timestamp from ({minutes}) m (minute)"
        f" cross join (values {listed}) c (currency)",
    )


@pytest.fixture(scope="module")
def bare(stack: Settings) -> Settings:
    """A lake without a table, and its page's settings."""
    return fresh(stack)


@pytest.fixture(scope="module")
def url(bare: Settings, serve: Serve) -> str:
    return serve(bare)


def test_an_empty_lake_says_what_to_type(page: Page, url: str) -> None:
    page.goto(f"{url}/?refresh=5s")
    expect(page.get_by_text("The lake is empty: no sales have been built yet.")).to_be_visible()
    expect(page.get_by_text("ecom produce --orders 1000 && ecom run all")).to_be_visible()
    for title in ("Freshness", "Quarantine", "Offsets"):
        expect(part(page, title)).to_contain_text("Nothing there yet")
    expect(part(page, "dbt build")).to_contain_text("None yet")
    assert page.get_by_test_id("stException").count() == 0


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1", "http://127.0.0.1", 101),
        ("evil.example", "http://evil.example", 403),
        ("127.0.0.1", "http://evil.example", 403),
    ],
)
def test_only_the_page_itself_gets_at_the_data(host: str, origin: str, status: int, url: str) -> None:
    """A WebSocket asked for under another name (DNS rebinding), or by another site's page."""
    parts = urlsplit(url)
    there = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=30)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Host": f"{host}:{parts.port}",
        "Origin": f"{origin}:{parts.port}",
    }
    there.request("GET", "/_stcore/stream", headers=upgrade | key)
    assert there.getresponse().status == status
    there.close()


def test_one_currency_needs_no_choice(page: Page, bare: Settings, url: str) -> None:
    """After the one before: the first sales arrive while the page is open."""
    page.goto(f"{url}/?refresh=5s")
    expect(page.get_by_text("The lake is empty")).to_be_visible()
    query(bare, "create schema if not exists delta.gold")
    query(bare, GOLD)
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    insert(bare, f"values timestamp '{now - timedelta(minutes=9):%Y-%m-%d %H:%M} UTC'", ["JPY"])
    drawn(page)
    expect(metric(page, "GMV")).to_have_text("10 JPY")
    expect(page.get_by_role("combobox", name="Currency")).to_be_disabled()


def test_forty_currencies_are_found_by_typing(page: Page, bare: Settings, url: str, serve: Serve) -> None:
    insert(bare, "select date_trunc('minute', current_timestamp - interval '20' minute)", FORTY)
    other = serve(bare, **stack_of(bare), ECOM_PORT_BASE=str(free_port_base()))  # the list is a minute old elsewhere
    page.goto(other)
    drawn(page)
    picker = page.get_by_role("combobox", name="Currency")
    picker.click()
    picker.press_sequentially("USD")
    picker.press("Enter")
    expect(page).to_have_url(re.compile("currency=USD"))
    expect(metric(page, "GMV")).to_have_text("10.00 USD")
    choose(page, "Window: the last", "1h")
    expect(metric(page, "Net sales")).to_have_text("9.00 USD")


def test_a_year_of_minutes_is_drawn_in_coarser_points_and_says_which(page: Page, bare: Settings, url: str) -> None:
    """A sale in every minute of a year, 525,600 rows."""
    last = "date_trunc('minute', current_timestamp)"
    minutes = (
        f"select {last} - d * interval '1' day - m * interval '1' minute"
        " from unnest(sequence(0, 364)) as days (d) cross join unnest(sequence(0, 1439)) as minutes (m)"
    )
    insert(bare, minutes, ["KWD"])
    page.goto(f"{url}/?currency=KWD&window=365d&refresh=5s")
    expect(page.get_by_text("A point each 6 hours (UTC).")).to_be_visible()
    drawn(page)
    orders = int(figure(page, "Paid orders").replace(",", ""))
    assert 525_000 < orders <= 525_600
    expect(metric(page, "GMV")).to_have_text(f"{orders * 10:,}.000 KWD")
    marks = chart(page).locator("path[stroke-width='2']").first.get_attribute("d") or ""
    assert 1000 < marks.count("L") <= 1500


class Gate:
    """A port that leads to Trino once it is opened: Trino down, then up again, without stopping it for others."""

    def __init__(self, port: int, to: tuple[str, int]) -> None:
        self.port, self._to, self._listener = port, to, socket.socket()

    def open(self) -> None:
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            there = socket.create_connection(self._to)
            for source, sink in ((here, there), (there, here)):
                threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def gate(bare: Settings) -> Iterator[Gate]:
    made = Gate(free_port_base() + 40, bare.trino_address)
    yield made
    made.close()


def test_trino_down_says_so_and_the_page_comes_back_with_it(
    page: Page, bare: Settings, serve: Serve, gate: Gate
) -> None:
    address = stack_of(bare) | {"TRINO_PORT": str(gate.port), "ECOM_PORT_BASE": str(free_port_base())}
    page.goto(f"{serve(bare, **address)}/?currency=JPY&refresh=5s")
    expect(page.get_by_text("Trino does not answer, so nothing can be shown.")).to_be_visible()
    expect(part(page, "Freshness")).to_contain_text("Not known")
    expect(part(page, "Freshness")).to_contain_text("Wrong")
    gate.open()
    drawn(page)
    expect(metric(page, "GMV")).to_contain_text(" JPY")
    expect(page.get_by_text("Trino does not answer")).to_have_count(0)
