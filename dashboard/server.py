"""The page's process: `python -m dashboard.server ADDRESS PORT`, in the folder of its configuration."""

import gc
import logging
import sys
import threading

import requests
from streamlit.web import cli

from dashboard.visitor import opened, visit

log = logging.getLogger(__name__)
WITHIN_S = 60.0


def main() -> None:
    address, port = sys.argv[1:]
    threading.Thread(target=visit_when_ready, args=(f"http://127.0.0.1:{port}",), daemon=True).start()
    cli.main(["run", "app.py", "--server.address", address, "--server.port", port])


def visit_when_ready(url: str) -> None:
    """A visit before the first reader's: Python imports, and Trino compiles, what the page needs. What is in memory
    then stays, and is not looked through any more: Streamlit collects garbage after each run of each part, which took
    0.1 s, most of a run."""
    stop = threading.Event()
    for _ in range(int(WITHIN_S)):
        if is_healthy(url):
            break
        stop.wait(1)
    try:
        with opened(url) as session:
            visit(session, "", WITHIN_S)
    except Exception as error:  # the readers' own visits do the same, and tell
        log.warning("the page could not be visited at its start: %s", error)
    gc.collect()
    gc.freeze()


def is_healthy(url: str) -> bool:
    try:
        return requests.get(f"{url}/_stcore/health", timeout=2).ok
    except requests.RequestException:
        return False


if __name__ == "__main__":
    main()
