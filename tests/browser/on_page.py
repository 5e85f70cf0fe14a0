"""What the tests look for on the page."""

import re

from playwright.sync_api import Locator, Page, expect

PARTS = ("Freshness", "dbt build", "Quarantine", "Offsets")


def chart(page: Page) -> Locator:
    return page.locator("[role=graphics-document]")  # a role of its own, of the WAI-ARIA Graphics Module


def drawn(page: Page) -> None:
    """The page has its chart, and nothing runs any more."""
    expect(chart(page)).to_be_visible()
    quiet(page)


def quiet(page: Page) -> None:
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)


def metric(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stMetric").filter(has_text=name).get_by_test_id("stMetricValue")


def figure(page: Page, name: str) -> str:
    """What it says now: after `drawn`."""
    return metric(page, name).inner_text()


def link(page: Page, title: str) -> Locator:
    """Of one part of the trust strip."""
    return page.get_by_role("link", name=re.compile(rf"(Good|Look|Wrong) {title}$"))


def part(page: Page, title: str) -> Locator:
    """One part of the trust strip: its box."""
    return page.get_by_test_id("stColumn").filter(has=link(page, title)).first


def choose(page: Page, picker: str, option: str) -> None:
    page.get_by_role("combobox", name=picker).click()
    page.get_by_role("option", name=option, exact=True).click()
    quiet(page)
