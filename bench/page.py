"""How fast the page is, by a real browser's clock: `ecom up`, a lake (bench/page_lake.py), then

    python -m bench.page [--sessions 20] [--seconds 60]

In one browser: the first page, from the address typed to figures, chart, and the whole strip; a refresh, from the
browser's question over its WebSocket to the last message of the answer. The browser runs on the same machine and takes
most of it, so the many sessions come without browsers (dashboard/visitor.py): their first pages all at once, then each
part of each page as often as it says.
"""

import argparse
import shutil
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.visitor import opened, refresh, visit
from ecom.base.settings import load_settings
from ecom.stack.services import dashboard

QUIET_S = 1.0  # an answer is over when nothing came for so long
FORGOTTEN_S = 35.0  # after which an answer is not shared any more (dashboard/refresh.py)
PATIENCE_S = 120.0


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
    """Seconds from opening the page until its figures, its chart and the trust strip were there."""
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
    """Measures the first page and its refreshes in one browser, then in many sessions at once; prints the times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--query", default="currency=USD&window=24h")
    given = parser.parse_args()
    url = dashboard(load_settings()).endpoint
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        shared = [first_page_of(browser, f"{url}/?{given.query}&refresh=off") for _ in range(6)][1:]
        report_first("first page, answers shared with another session", shared)
        anew = []
        for _ in range(5):
            time.sleep(FORGOTTEN_S)
            anew.append(first_page_of(browser, f"{url}/?{given.query}&refresh=off"))
        report_first(f"first page, nobody asked for {FORGOTTEN_S:.0f} s", anew)
        one = open_session(browser, f"{url}/?{given.query}&refresh=5s")
        first_page(one)
        since = time.monotonic()
        while time.monotonic() - since < given.seconds:
            one.page.wait_for_timeout(500)  # lets the browser's events in
        report("refresh each 5 s, one browser", one.refreshes(since))
        browser.close()
    many_sessions(url, given.query, given.sessions, given.seconds)


def first_page_of(browser: Browser, url: str) -> dict[str, float]:
    one = open_session(browser, url)
    times = first_page(one)
    one.page.context.close()
    return times


def report_first(name: str, visits: list[dict[str, float]]) -> None:
    for part in visits[0]:
        report(f"{name}: {part}", [times[part] for times in visits])


def many_sessions(url: str, query: str, sessions: int, seconds: float) -> None:
    """Opens `sessions` pages at the same time, each for `seconds`, and prints their times and errors."""
    first, again, errors = list[float](), list[float](), list[str]()
    with ThreadPoolExecutor(sessions) as threads:
        for future in [threads.submit(stay, url, f"{query}&refresh=10s", 10, seconds) for _ in range(sessions)]:
            opened_in, refreshed_in, shown = future.result()
            first.append(opened_in)
            again += refreshed_in
            errors += shown
    report(f"{sessions} sessions at once: first page", first)
    report(f"{sessions} sessions, refresh each 10 s: all parts", again)
    print(f"{sessions} sessions: {len(errors)} errors shown {errors[:3] or ''}")


def stay(url: str, query: str, every: float, seconds: float) -> tuple[float, list[float], list[str]]:
    """A reader's time on the page: seconds of the first page, of each refresh, and the errors that it showed."""
    with opened(url) as session:
        started = time.monotonic()
        messages = visit(session, query, PATIENCE_S)
        first, again, errors = time.monotonic() - started, list[float](), errors_in(messages)
        parts = [one.auto_rerun.fragment_id for one in messages if one.WhichOneof("type") == "auto_rerun"]
        while time.monotonic() - started < seconds:
            time.sleep(max(started + every * (len(again) + 1) - time.monotonic(), 0))
            asked = time.monotonic()
            for part in parts:
                errors += errors_in(refresh(session, part, query, PATIENCE_S))
            again.append(time.monotonic() - asked)
    return first, again, errors


def errors_in(messages: list[ForwardMsg]) -> list[str]:
    shown = (one.delta.new_element for one in messages if one.WhichOneof("type") == "delta")
    return [
        element.exception.message or element.alert.body
        for element in shown
        if element.WhichOneof("type") in ("exception", "alert")
    ]


if __name__ == "__main__":
    main()
