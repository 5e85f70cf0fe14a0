"""The pages Order, Quarantine and Pipeline in a real browser, on a lake with every kind of trouble."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect
from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from generator.jsonl import Record
from generator.mix import Mix
from generator.stream import generate
from tests.browser.conftest import Serve
from tests.by_hand import T0, order, payment, sent
from tests.conftest import free_port_base
from tests.lake import empty_lake, environment_of, produce, produce_records, run_all, run_jobs

pytestmark = pytest.mark.stack
MADE_OF_IT = "img[src*='evil'], a[href^='http://evil'], .katex, b:text-is('1')"  # what EVIL becomes where it is markup
TROUBLE = Mix(**{f"bad_{kind}": 0.05 for kind in ("not_json", "status", "utf8")})
EVIL = "o-<b>1</b> ` ![x](http://evil.example/x.png) :red[r] $x$"


def messages(s: Settings) -> Iterator[Record]:
    yield sent(s, "orders", order("o-1", "e-1"), "o-1")
    yield sent(s, "orders", order("o-1", "e-1"), "o-1")
    yield sent(s, "orders", order("o-1", "e-2", status="LOST"), "o-1")
    yield sent(s, "payments", payment("o-1", "e-3"), "o-1")
    yield sent(s, "payments", payment("o-1", "e-4", currency="EUR"), "o-1")
    yield sent(s, "orders", order("o-part", "e-5", total_amount=1500, currency="JPY"), "o-part")
    yield sent(s, "payments", payment("o-part", "e-6", amount_cents=1000, currency="JPY"), "o-part")
    yield sent(s, "orders", order(EVIL, "e-7", status="LOST"), EVIL)


@pytest.fixture(scope="module")
def address(spark: SparkSession, module_lake: Settings, serve: Serve) -> str:
    produce(module_lake, generate(60, 5, T0 - timedelta(days=1), timedelta(hours=3), TROUBLE))
    produce_records(module_lake, messages(module_lake))
    run_all(spark, module_lake)
    return serve(module_lake)


def test_a_link_to_an_order_shows_its_whole_life(page: Page, address: str) -> None:
    """The first page that this server gives: it may be any."""
    page.goto(f"{address}/order?order_id=o-1")
    expect(page.get_by_role("heading", name="Order", exact=True)).to_be_visible()
    events = page.get_by_role("table").filter(has_text="Verdict")
    for verdict in ("accepted", "duplicate", "quarantined"):
        expect(events).to_contain_text(verdict)
    expect(events).to_contain_text('status not_allowed: "LOST" (string)')
    expect(events).to_contain_text("the first copy is at orders.")
    payments = page.get_by_role("table").filter(has_text="payment_id")
    expect(payments).to_contain_text("adds to paid_amount: CAPTURED, in the order's currency")
    expect(payments).to_contain_text("does not count: in another currency: EUR, the order is in USD")
    expect(page.get_by_text(re.compile("Counts in the minute .* UTC, USD"))).to_be_visible()
    expect(
        page.get_by_text("That minute: gmv 12.50 USD, refunded 0.00 USD, net sales 12.50 USD, 1 paid order.")
    ).to_be_visible()


def test_an_id_is_typed_by_keyboard_and_lives_in_the_address(page: Page, address: str) -> None:
    page.goto(f"{address}/order")
    box = page.get_by_role("textbox", name="Order id")
    expect(page.get_by_text("Type an order id to see its events")).to_be_visible()
    box.focus()
    page.keyboard.type("o-part")
    page.keyboard.press("Enter")
    expect(page.get_by_text("it is not fully paid: 1,000 JPY of 1,500 JPY, 500 JPY are missing")).to_be_visible()
    expect(page).to_have_url(re.compile(r"order_id=o-part"))
    expect(page.get_by_role("table").filter(has_text="total")).to_contain_text("1,500 JPY")  # no cents


def test_an_id_that_nothing_knows_is_told(page: Page, address: str) -> None:
    page.goto(f"{address}/order?order_id=" + quote("x' or '1'='1"))
    expect(page.get_by_text("Nothing in the lake knows order")).to_be_visible()


def test_what_is_stored_formats_nothing_and_fetches_nothing(page: Page, address: str) -> None:
    """The context's end checks that no other host was asked."""
    page.goto(f"{address}/order?order_id={quote(EVIL, safe='')}")
    expect(page.get_by_text("no event of it was accepted")).to_be_visible()
    assert page.locator(MADE_OF_IT).count() == 0
    page.goto(f"{address}/quarantine?reason={quote('status not_allowed')}")
    expect(page.get_by_text(f"Kafka key: {EVIL}")).to_be_attached()
    assert page.locator(MADE_OF_IT).count() == 0


def test_the_order_page_fits_a_narrow_window(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{address}/order?order_id=o-1")
    expect(page.get_by_text(re.compile("Counts in the minute"))).to_be_visible()
    assert_no_sideways(page)


def test_quarantine_shows_reasons_and_the_records_behind_one(page: Page, address: str) -> None:
    page.goto(f"{address}/quarantine?reason={quote('$ not_json')}")
    expect(page.get_by_role("heading", name="Reasons")).to_be_visible()
    expect(page.locator("[aria-label^='Records by reason; the most']").first).to_be_attached()
    expect(page.get_by_role("combobox", name="Reason")).to_have_value("$ not_json")
    record = page.locator("[data-testid=stExpander]").filter(has_text="offset").first
    record.click()
    expect(record.get_by_text("ecom produce --file repair.jsonl")).to_be_visible()
    expect(record.get_by_role("link", name="The order of this key")).to_be_visible()


def test_the_window_lives_in_the_address(page: Page, address: str) -> None:
    page.goto(f"{address}/quarantine?within=7d")
    expect(page.get_by_role("heading", name="Over time")).to_be_visible()
    expect(page).to_have_url(re.compile("within=7d"))


def test_pipeline_shows_micro_batches_freshness_and_lag(page: Page, address: str) -> None:
    page.goto(f"{address}/pipeline")
    expect(page.locator("[aria-label^='Rows of each micro-batch']").first).to_be_attached()
    expect(page.locator("[aria-label^='Age of each layer']").first).to_be_attached()
    lag = page.get_by_role("table").filter(has_text="Waiting for Bronze")
    expect(lag.get_by_role("row")).to_have_count(7)  # two topics of three partitions, and the head
    expect(lag.get_by_role("row").nth(1)).to_contain_text("orders.")
    expect(page.get_by_text("Kafka's side is not known")).to_have_count(0)


def test_the_commands_of_the_page_repair_a_record(
    page: Page, address: str, module_lake: Settings, spark: SparkSession, tmp_path: Path
) -> None:
    """Typed into a shell as they stand, up to the jobs; in the editor's place what somebody would do in it. Last but
    one: the lake has an event more then."""
    page.goto(f"{address}/quarantine?reason={quote('status not_allowed')}")
    record = page.locator("[data-testid=stExpander]").filter(has_text="Kafka key: o-1")
    page.locator("[data-testid=stExpander]").filter(has_text="offset").first.wait_for()
    commands = record.locator("code").filter(has_text="ecom produce --file").text_content() or ""
    run_commands(commands.removesuffix(" && ecom run all"), module_lake, tmp_path, editor="sed -i s/LOST/PAID/")
    run_jobs(spark, module_lake)
    page.goto(f"{address}/order?order_id=o-1")
    events = page.get_by_role("table").filter(has_text="Verdict")
    expect(events).to_contain_text("order PAID 12.50 USD")
    expect(events).to_contain_text("quarantined")  # the record keeps its verdict


def run_commands(commands: str, settings: Settings, folder: Path, editor: str) -> None:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = environment_of(settings) | {"EDITOR": editor, "PATH": path}
    done = subprocess.run(
        ["sh", "-ec", commands], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_both_other_pages_fit_a_narrow_window_in_the_dark(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 400, "height": 800})
    for path, heading in (("quarantine", "Over time"), ("pipeline", "Lag by partition")):
        page.goto(f"{address}/{path}")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert_no_sideways(page)


def test_where_nothing_answers_each_page_says_so(page: Page, module_lake: Settings, serve: Serve) -> None:
    """Ports that nobody listens on, for Trino, S3 and Kafka."""
    address = serve(module_lake, ECOM_PORT_BASE=str(free_port_base()))
    for path in ("order?order_id=o-1", "quarantine"):
        page.goto(f"{address}/{path}")
        expect(page.get_by_text("Trino does not answer, so nothing can be shown.").first).to_be_visible()
    page.goto(f"{address}/pipeline")
    expect(page.get_by_text("Trino does not answer, so nothing can be shown.").first).to_be_visible()
    expect(page.get_by_text("Kafka's side is not known.")).to_be_visible()


def test_an_empty_lake_has_a_state_on_each_page(page: Page, address: str, module_lake: Settings) -> None:
    """Last: it empties the lake."""
    empty_lake(module_lake)
    page.goto(f"{address}/order?order_id=o-9")
    expect(page.get_by_text("The lake has no tables yet, so nothing is known of any order")).to_be_visible()
    for path in ("quarantine", "pipeline"):
        page.goto(f"{address}/{path}?refresh=5s")
        expect(page.get_by_text("The lake is empty").first).to_be_visible()


def assert_no_sideways(page: Page) -> None:
    width = page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 400, f"the page is {width} wide"
