"""Sales and the trust strip in a real browser, on a lake that the jobs filled."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from pyspark.sql import SparkSession
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.checks.account import OffsetSet, compare, offsets_sql
from dashboard.visitor import opened, refresh, visit
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.money import amount
from ecom.lake.trino import query
from generator.mix import Mix
from generator.stream import generate
from tests.browser.conftest import Serve
from tests.browser.on_page import PARTS, chart, choose, drawn, figure, link, metric, part
from tests.lake import produce, run_all

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]
SPAN = timedelta(hours=3)
PICTURE = {"width": 1280, "height": 1040}  # down to the time axis


def send(settings: Settings, orders: int, seed: int) -> None:
    start = (datetime.now(UTC) - SPAN).replace(microsecond=0)
    produce(settings, generate(orders, seed, start, SPAN, Mix()))


@pytest.fixture(scope="module")
def sold(spark: SparkSession, module_lake: Settings) -> Settings:
    """1,500 orders of the last three hours, in four currencies, through all jobs."""
    send(module_lake, 1500, seed=5)
    run_all(spark, module_lake)
    return module_lake


@pytest.fixture(scope="module")
def url(sold: Settings, serve: Serve) -> str:
    return serve(sold)


LAST_DAY = "minute_bucket between current_timestamp - interval '24' hour and current_timestamp"


def totals(settings: Settings, currency: str) -> tuple[Decimal, Decimal, int]:
    """Of the last 24 hours: late events lie before, early ones after."""
    sums = "sum(gmv), sum(net_sales), sum(paid_orders)"
    sql = f"select {sums} from gold.fct_sales_minute where currency = ? and {LAST_DAY}"
    gmv, net_sales, orders = query(settings, sql, (currency,)).rows[0]
    return gmv, net_sales, orders


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_the_figures_are_gold_s_to_the_last_minor_unit(currency: str, page: Page, sold: Settings, url: str) -> None:
    page.goto(f"{url}/?currency={currency}&window=24h")
    drawn(page)
    gmv, net_sales, orders = totals(sold, currency)
    assert figure(page, "GMV") == amount(gmv, currency)
    assert figure(page, "Net sales") == amount(net_sales, currency)
    assert figure(page, "Paid orders") == f"{orders:,}"
    minor = {"USD": "0.01", "JPY": "1", "KWD": "0.001"}[currency]
    average = (gmv / orders).quantize(Decimal(minor), ROUND_HALF_UP)
    assert figure(page, "Average order value") == f"{average:,} {currency}"


def test_the_pickers_live_in_the_url(page: Page, url: str) -> None:
    page.goto(url)
    drawn(page)
    choose(page, "Currency", "EUR")
    choose(page, "Window: the last", "24h")
    choose(page, "Refresh every", "5m")
    expect(page).to_have_url(re.compile("window=24h"))
    found = parse_qs(urlsplit(page.url).query)
    assert found == {"currency": ["EUR"], "window": ["24h"], "refresh": ["5m"]}
    shown = figure(page, "GMV")
    page.goto(page.url)  # as somebody else who was sent the link
    drawn(page)
    assert figure(page, "GMV") == shown and shown.endswith(" EUR")


def test_the_strip_says_in_words_how_far_to_trust(page: Page, sold: Settings, url: str) -> None:
    page.goto(f"{url}/?window=6h")
    drawn(page)
    expect(part(page, "Offsets")).to_contain_text("accounted for")
    offsets = query(sold, "select sum(rows_in) from ops.batch_ledger").scalar()
    expect(part(page, "Offsets")).to_contain_text(re.compile(rf"Good Offsets\s*All {offsets:,} accounted for"))
    expect(part(page, "Freshness")).to_contain_text(re.compile(r"Good Freshness\s*Newest data is \d+ (s|min) old"))
    expect(part(page, "Freshness")).to_contain_text("Bronze: up to date. Silver: up to date. Gold: up to date.")
    expect(part(page, "dbt build")).to_contain_text(re.compile(r"Good dbt build\s*\d+ tests passed, 0 failed"))
    quarantined = query(sold, "select count(*) from silver.quarantine").scalar()
    expect(part(page, "Quarantine")).to_contain_text(f"{quarantined:,} records in the last 24 hours")
    expect(part(page, "Quarantine")).to_contain_text("Look")


@pytest.mark.parametrize("title", PARTS)
def test_each_part_of_the_strip_leads_to_its_page(title: str, page: Page, url: str) -> None:
    page.goto(url)
    drawn(page)
    leads_to = "quarantine" if title == "Quarantine" else "pipeline"
    link(page, title).click()
    expect(page).to_have_url(re.compile(f"/{leads_to}"))
    for other in PARTS:  # the strip stands on every page
        expect(part(page, other)).to_be_visible()


def test_the_download_holds_every_minute_of_the_window_with_a_sale(page: Page, sold: Settings, url: str) -> None:
    page.goto(f"{url}/?currency=USD&window=24h")
    drawn(page)
    page.get_by_text("Table and download").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download every minute with a sale as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert download.value.suggested_filename.startswith("sales-USD-")
    wanted = query(
        sold,
        "select minute_bucket, currency, gmv, refunded_amount, net_sales, paid_orders from gold.fct_sales_minute"
        f" where currency = 'USD' and {LAST_DAY} order by 1",
    ).dicts()
    assert len(rows) == len(wanted) > 100
    assert [as_values(row) for row in rows] == wanted
    assert all(re.fullmatch(r"-?\d+\.\d\d", row["net_sales"]) for row in rows)


def as_values(row: dict[str, str]) -> dict[str, Any]:
    money = {name: Decimal(row[name]) for name in ("gmv", "refunded_amount", "net_sales")}
    at = datetime.fromisoformat(row["minute_bucket"])
    return row | money | {"minute_bucket": at, "paid_orders": int(row["paid_orders"])}


def test_minutes_that_may_still_change_are_drawn_and_said_to_be(page: Page, url: str) -> None:
    page.goto(f"{url}/?window=6h")
    drawn(page)
    shown = chart(page)
    assert {"final", "still filling"} <= set(shown.locator("text").all_text_contents())
    assert shown.locator("path[stroke-dasharray='4,4']").count() >= 2  # both lines
    expect(page.get_by_text("still filling. 95 % of the orders have their last payment within")).to_be_visible()


def test_the_chart_zooms(page: Page, url: str) -> None:
    page.goto(f"{url}/?window=6h&refresh=off")
    drawn(page)
    shown = chart(page)
    axis = shown.get_by_label(re.compile("^X-axis"))
    before = axis.get_attribute("aria-label")
    shown.scroll_into_view_if_needed()
    box = shown.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -600)
    expect(axis).not_to_have_attribute("aria-label", str(before))


def test_nothing_in_the_window_leads_to_the_newest_sales(page: Page, url: str) -> None:
    page.goto(f"{url}/?currency=USD&window=1h&until=2001-01-01T00:00")
    expect(page.get_by_text("No paid orders in USD from 2000-12-31 23:00 UTC to 2001-01-01 00:00 UTC")).to_be_visible()
    page.get_by_role("button", name="Show the window that ends with the newest sales").click()
    drawn(page)
    assert figure(page, "GMV").endswith(" USD")
    assert "until=2001" not in page.url and "until=20" in page.url


def test_a_link_to_a_currency_without_sales_says_so(page: Page, url: str) -> None:
    page.goto(f"{url}/?currency=CHF")
    expect(page.get_by_text("There are no sales in CHF; another currency is shown.")).to_be_visible()


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("window=99x", "The link's window 99x is not known here; the last 6h are shown."),
        ("refresh=1ms", "The link's refresh 1ms is not known here; it asks every 30s."),
        (
            "until=soon",
            "The link's end soon is no time from 2000 to 2100, as 2026-01-31T10:00 is; the window ends now.",
        ),
    ],
)
def test_a_link_that_asks_for_what_there_is_not_says_so(link: str, says: str, page: Page, url: str) -> None:
    page.goto(f"{url}/?{link}")
    expect(page.get_by_text(says)).to_be_visible()
    drawn(page)


@pytest.mark.context(viewport={"width": 400, "height": 900})
def test_it_works_at_400_pixels(page: Page, url: str) -> None:
    page.goto(url)
    drawn(page)
    sizes = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert sizes[0] <= sizes[1] == 400
    right = page.evaluate(
        "Math.max(...[...document.querySelectorAll('[data-testid=stMain] *')]"
        ".filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect().right))"
    )
    assert right <= 401
    for title in PARTS:
        expect(part(page, title)).to_be_visible()


def test_it_works_by_keyboard(page: Page, url: str) -> None:
    page.goto(f"{url}/?refresh=off")
    drawn(page)
    focus_on(page, r"Currency")
    page.keyboard.type("JPY")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("currency=JPY"))
    expect(metric(page, "GMV")).to_contain_text(" JPY")
    page.goto(url)
    drawn(page)
    focus_on(page, r"\w+ (Good|Look|Wrong) Quarantine")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/quarantine"))


def focus_on(page: Page, name: str) -> None:
    """Tab by tab, until what has the focus is named so, and shows that it has it."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        label = focused.get_attribute("aria-label") or focused.inner_text() if focused.count() else ""
        if re.fullmatch(name, label) and focused.evaluate("e => !!e.closest('[data-testid=stMain]')"):
            assert focused.evaluate("e => e.matches(':focus-visible')")
            return
    raise AssertionError(f"no way to {name} by keyboard")


@pytest.mark.parametrize(
    "scheme",
    [
        pytest.param("light", marks=pytest.mark.context(color_scheme="light", viewport=PICTURE)),
        pytest.param("dark", marks=pytest.mark.context(color_scheme="dark", viewport=PICTURE)),
    ],
)
def test_it_can_be_read_in_light_and_dark(
    scheme: str, page: Page, url: str, picture: Callable[[Page, str], None]
) -> None:
    page.goto(f"{url}/?window=1h")
    drawn(page)
    expect(part(page, "Offsets")).to_contain_text("accounted for")
    background = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    dark = sum(int(n) for n in re.findall(r"\d+", background)[:3]) < 3 * 128
    assert dark == (scheme == "dark")
    poor = page.evaluate(CONTRAST)
    assert poor == []
    lines = chart(page).locator("path[stroke-width='2']").evaluate_all("all => all.map(e => e.getAttribute('stroke'))")
    assert set(lines) == ({"#8ec5ff", "#ffb570"} if dark else {"#0b5394", "#a64d00"})
    picture(page, f"sales-{scheme}")


# Every text of the page whose contrast with what lies behind it is below 4.5 (WCAG AA); disabled widgets are excepted.
CONTRAST = """
() => {
  const rgb = c => (c.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const over = (top, under) => { const a = top[3] ?? 1; return [0, 1, 2].map(i => top[i] * a + under[i] * (1 - a)); };
  const behind = e => {
    const layers = [];
    for (; e; e = e.parentElement) layers.push(rgb(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), [255, 255, 255]);
  };
  const walker = document.createTreeWalker(document.querySelector('[data-testid=stMain]'), NodeFilter.SHOW_TEXT);
  const poor = [];
  for (let node; (node = walker.nextNode());) {
    const e = node.parentElement;
    if (!node.textContent.trim() || !e.checkVisibility({opacityProperty: true}) || e.closest('svg, style')) continue;
    const under = behind(e), text = over(rgb(getComputedStyle(e).color), under);
    const [high, low] = [lum(text), lum(under)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) poor.push(node.textContent + ' ' + ratio.toFixed(2));
  }
  return poor;
}
"""


# What can be reached by keyboard and has no name.
UNNAMED = """
() => [...document.querySelectorAll('button, a, input, [role=combobox]')]
  .filter(e => e.checkVisibility() && e.tabIndex >= 0)
  .filter(e => !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby') && !e.labels?.length)
  .filter(e => !e.innerText.trim() && !e.title)
  .map(e => e.outerHTML.slice(0, 200))
"""


def test_it_is_labelled_for_screen_readers(page: Page, url: str) -> None:
    page.goto(f"{url}/?currency=USD&window=6h")
    drawn(page)
    for picker in ("Currency", "Window: the last", "Refresh every"):
        expect(page.get_by_role("combobox", name=picker)).to_be_visible()
    expect(page.get_by_role("group", name="Ends (UTC; empty: now)")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="Sales by the minute")).to_be_visible()
    described = chart(page).get_attribute("aria-label") or ""
    assert "Line chart of GMV in USD and of paid orders, a point each minute" in described
    unnamed = page.evaluate(UNNAMED)
    assert unnamed == []


def test_a_visitor_without_a_browser_gets_the_whole_page_and_its_refreshes(url: str) -> None:
    """What warms the page's process up, and what bench/page.py measures with, speaks Streamlit's protocol."""
    query = "currency=USD&window=24h&refresh=30s"
    with opened(url) as session:
        messages = visit(session, query)
        shown = {one.delta.new_element.WhichOneof("type") for one in messages if one.WhichOneof("type") == "delta"}
        assert {"metric", "vega_lite_chart", "page_link"} <= shown and not {"exception", "alert"} & shown
        parts = [one.auto_rerun.fragment_id for one in messages if one.WhichOneof("type") == "auto_rerun"]
        assert len(parts) == 6  # the strip's five, and the page below
        for part in parts:
            assert refresh(session, part, query)[-1].script_finished == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


def test_twenty_sessions_at_once_see_no_error(chromium: Any, url: str) -> None:
    contexts = [chromium.new_context(viewport={"width": 1280, "height": 900}) for _ in range(20)]
    try:
        pages = [one.new_page() for one in contexts]
        windows = ("1h", "6h", "24h", "7d", "30d")
        for n, one in enumerate(pages):
            one.set_default_timeout(120_000)
            one.goto(
                f"{url}/?window={windows[n % 5]}&currency={('USD', 'EUR')[n % 2]}&refresh=30s", wait_until="commit"
            )
        for one in pages:
            expect(chart(one)).to_be_visible(timeout=180_000)  # not `drawn`: with so many, something always runs
            assert one.get_by_test_id("stException").count() == 0
            assert one.get_by_test_id("stAlert").count() == 0
            expect(part(one, "Offsets")).to_contain_text("accounted for", timeout=180_000)
    finally:
        for context in contexts:
            context.close()


def test_new_events_show_without_a_reload(page: Page, spark: SparkSession, sold: Settings, url: str) -> None:
    page.goto(f"{url}/?currency=USD&window=24h&refresh=5s")
    drawn(page)
    before = figure(page, "Paid orders")
    page.evaluate("window.sameDocument = true")
    send(sold, 200, seed=6)
    run_all(spark, sold)
    orders = totals(sold, "USD")[2]
    assert f"{orders:,}" != before
    expect(metric(page, "Paid orders")).to_have_text(f"{orders:,}")
    assert page.evaluate("window.sameDocument") is True


def test_trino_s_own_sets_show_a_lost_verdict(sold: Settings) -> None:
    """Last but one: it changes the lake. One record loses its verdict, another one gets a second: sums would agree."""
    account = offsets_sql(load_datasets(sold).values())
    assert compare([OffsetSet(*row) for row in query(sold, account).rows]).wrong == 0
    topic = sold.topics["orders"]
    lost, doubled = query(sold, 'select "offset" from silver.orders_clean where "partition" = 0 limit 2').rows
    row = f"'{topic}', 0, {doubled[0]}, 'x', '{topic}', 0, 0, current_timestamp"
    query(sold, f'delete from silver.orders_clean where "partition" = 0 and "offset" = {lost[0]}')
    query(sold, f"insert into silver.orders_duplicates values ({row})")
    assert compare([OffsetSet(*row) for row in query(sold, account).rows]).wrong == 1


def test_the_strip_turns_red_with_the_lake(page: Page, sold: Settings, serve: Serve, url: str) -> None:
    """After the one before: the lake is wrong now, and the page of another process says so at its first look."""
    from tests.conftest import free_port_base

    other = serve(sold, **stack_of(sold), ECOM_PORT_BASE=str(free_port_base()))
    page.goto(other)
    drawn(page)
    expect(part(page, "Offsets")).to_contain_text(re.compile("Wrong Offsets"))
    expect(part(page, "Offsets")).to_contain_text("1 offset not accounted for")
    expect(part(page, "Offsets")).to_contain_text("type ecom account")


def stack_of(settings: Settings) -> dict[str, str]:
    """The stack's addresses, for a page whose own ports are elsewhere."""
    host, port = settings.trino_address
    return {"KAFKA_BOOTSTRAP": settings.bootstrap, "TRINO_HOST": host, "TRINO_PORT": str(port)}
