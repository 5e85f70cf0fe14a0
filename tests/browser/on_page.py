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


def figure(page: Page, name: str) -> str:
    metric = page.get_by_test_id("stMetric").filter(has_text=name)
    return metric.get_by_test_id("stMetricValue").inner_text()


def part(page: Page, title: str) -> Locator:
    """One part of the trust strip: its box."""
    column = page.get_by_test_id("stColumn").filter(has=page.get_by_role("link", name=re.compile(rf"{title}$")))
    return column.first


def choose(page: Page, picker: str, option: str) -> None:
    page.get_by_role("combobox", name=picker).click()
    page.get_by_role("option", name=option, exact=True).click()
    quiet(page)
