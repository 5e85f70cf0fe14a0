"""Debian's Chromium against the page, as `ecom serve dashboard` runs it, on the real stack."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from ecom.base.settings import ROOT, Settings
from tests.lake import environment_of

CHROMIUM = ("chromium", "chromium-browser")
# Chromium asks its maker's servers for updates and lists by itself: that is not the page.
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
WITHIN_MS = 60_000  # a busy machine takes ten times as long
PICTURES = ROOT / "docs" / "images"
Serve = Callable[..., str]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    found = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    assert found, "no chromium; on Debian: sudo apt-get install chromium"
    expect.set_options(timeout=WITHIN_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A browser that was never there before. `context` marks give it options, such as `color_scheme="dark"`.

    At the end: it asked no host but this machine.
    """
    marked = request.node.get_closest_marker("context")
    options = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"} | (marked.kwargs if marked else {})
    made = chromium.new_context(**options)
    asked: list[str] = []
    made.on("request", lambda request: asked.append(request.url))
    yield made
    made.close()
    hosts = {urlsplit(url).hostname for url in asked if urlsplit(url).scheme not in ("data", "blob")}
    assert hosts <= {"127.0.0.1"}


@pytest.fixture
def page(context: BrowserContext) -> Page:
    made = context.new_page()
    made.set_default_timeout(WITHIN_MS)
    return made


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """`serve(settings, **environment)` starts the page, returns its address. All are stopped at the module's end."""
    running: list[subprocess.Popen[bytes]] = []

    def start(settings: Settings, **environment: str) -> str:
        command = [sys.executable, "-m", "ecom", "serve", "dashboard"]
        running.append(subprocess.Popen(command, cwd=ROOT, env=environment_of(settings) | environment))
        base = int(environment.get("ECOM_PORT_BASE", str(settings.ecom_port_base)))
        url = f"http://127.0.0.1:{settings.model_copy(update={'ecom_port_base': base}).port('streamlit')}"
        await_health(url, running[-1])
        return url

    yield start
    for process in running:
        process.terminate()
        process.wait(timeout=20)


def await_health(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 90
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the page did not start (exit code {process.poll()})")


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keeps a screenshot for the README, where SCREENSHOTS is set: a test run leaves the checkout as it was."""

    def keep(page: Page, name: str) -> None:
        if os.environ.get("SCREENSHOTS"):
            PICTURES.mkdir(exist_ok=True)
            path = Path(PICTURES / f"{name}.png")
            page.screenshot(path=path)
            assert path.stat().st_size < 300_000

    return keep
