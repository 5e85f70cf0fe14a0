"""Debian's Chromium against the page, as `ecom serve dashboard` runs it, on the real stack."""

import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from ecom.settings import ROOT, Settings
from tests.lake import environment_of

CHROMIUM = ("chromium", "chromium-browser")
Serve = Callable[[Settings], str]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found, "no chromium; on Debian: sudo apt-get install chromium"
    # Chromium asks its maker's servers for updates and lists by itself: that is not the page.
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that was never there before: 1280 by 900, light. At the end: it asked no host but this machine."""
    made = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC")
    asked: list[str] = []
    made.on("request", lambda request: asked.append(request.url))
    yield made
    made.close()
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts <= {"127.0.0.1"}


@pytest.fixture
def page(context: BrowserContext) -> Page:
    made = context.new_page()
    made.set_default_timeout(20_000)
    return made


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Starts the page for these settings, on their port; returns its address. Stopped at the module's end."""
    running: list[subprocess.Popen[bytes]] = []

    def start(settings: Settings) -> str:
        command = [sys.executable, "-m", "ecom", "serve", "dashboard"]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment_of(settings)))
        url = f"http://127.0.0.1:{settings.port('streamlit')}"
        await_health(url, running[-1])
        return url

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=20)


def await_health(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the page did not start (exit code {process.poll()})")
