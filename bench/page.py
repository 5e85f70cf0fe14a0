"""How fast the page is, by a real browser's clock: `ecom up`, a lake (bench/page_lake.py), then

    python -m bench.page [--sessions 20] [--seconds 60]

First page: from the address typed to figures, chart, and the whole strip. Refresh: from the browser's question over its
WebSocket to the last message of the answer. The browser runs on the same machine and takes its share of it.
"""

import argparse
import shutil
import statistics
import time
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright

from ecom.settings import load_settings
from ecom.stack.services import dashboard

QUIET_S = 1.0  # an answer is over when nothing came for so long
ERRORS = "[data-testid=stException], [data-testid=stAlert]"


@dataclass
class Session:
    """A tab, with when it asked and when it was answered."""

    page: Page
    started: float = 0.0
    sent: list[float] = field(default_factory=list)
    received: list[float] = field(default_factory=list)

    def watch(self) -> None:
        def connected(socket: WebSocket) -> None:
            socket.on("framesent", lambda _: self.sent.append(time.monotonic()))
            socket.on("framereceived", lambda _: self.received.append(time.monotonic()))

        self.page.on("websocket", connected)

    def refreshes(self, since: float) -> list[float]:
        """Seconds from the first question of a burst to the last message before the next burst."""
        bursts: list[list[float]] = []
        for at in (at for at in self.sent if at > since):
            if bursts and at - bursts[-1][-1] < QUIET_S:
                bursts[-1].append(at)
            else:
                bursts.append([at])
        ends = [*(burst[0] for burst in bursts[1:]), float("inf")]
        answers = [[at for at in self.received if burst[0] < at < end] for burst, end in zip(bursts, ends, strict=True)]
        return [answer[-1] - burst[0] for burst, answer in zip(bursts[:-1], answers, strict=False) if answer]


def open_session(browser: Browser, url: str) -> Session:
    session = Session(browser.new_context(viewport={"width": 1280, "height": 900}).new_page())
    session.page.set_default_timeout(120_000)
    session.watch()
    session.started = time.monotonic()
    session.page.goto(url, wait_until="commit")
    return session


def first_page(session: Session) -> dict[str, float]:
    found = {}
    for name, selector in (
        ("figures", "[data-testid=stMetric]"),
        ("chart", "[role=graphics-document] .mark-line path"),
        ("strip", ":nth-match(.st-key-trust [data-testid=stPageLink], 4)"),
    ):
        session.page.wait_for_selector(selector, state="attached")
        found[name] = time.monotonic() - session.started
    return found


def report(name: str, seconds: list[float]) -> None:
    if seconds:
        worst, middle = max(seconds), statistics.median(seconds)
        print(f"{name:<44}{len(seconds):>4} times  median {middle:5.2f} s  worst {worst:5.2f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--query", default="currency=USD&window=24h")
    given = parser.parse_args()
    url = f"{dashboard(load_settings()).endpoint}/?{given.query}"
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for attempt in range(5):
            one = open_session(browser, f"{url}&refresh=off")
            times = first_page(one)
            print(f"first page, visit {attempt + 1}: " + ", ".join(f"{k} {v:.2f} s" for k, v in times.items()))
            one.page.context.close()
        measure_refreshes(browser, url, "one session, refresh every 5 s", 1, given.seconds)
        measure_refreshes(browser, url, f"{given.sessions} sessions, refresh every 10 s", given.sessions, given.seconds)
        browser.close()


def measure_refreshes(browser: Browser, url: str, name: str, sessions: int, seconds: float) -> None:
    every = "5s" if sessions == 1 else "10s"
    opened = [open_session(browser, f"{url}&refresh={every}") for _ in range(sessions)]
    firsts = [first_page(one) for one in opened]
    report(f"{name}: chart", [times["chart"] for times in firsts])
    since = time.monotonic()
    while time.monotonic() - since < seconds:
        opened[0].page.wait_for_timeout(500)  # lets the browser's events in
    report(f"{name}: refresh", [took for one in opened for took in one.refreshes(since)])
    errors = sum(one.page.locator(ERRORS).count() for one in opened)
    print(f"{name}: {errors} errors shown")
    for one in opened:
        one.page.context.close()


if __name__ == "__main__":
    main()
