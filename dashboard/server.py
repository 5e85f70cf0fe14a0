"""The page's process: `python -m dashboard.server`, in the folder of its configuration."""

import gc
import logging
import threading

from streamlit.web import cli

from dashboard.visitor import opened, visit
from ecom.base.retry import retry
from ecom.base.settings import Settings, load_settings
from ecom.stack.ready import check
from ecom.stack.services import dashboard

log = logging.getLogger(__name__)
WITHIN_S = 60.0


def main() -> None:
    settings = load_settings()
    threading.Thread(target=visit_when_ready, args=(settings,), daemon=True).start()
    address = ["--server.address", settings.ecom_bind, "--server.port", str(settings.port("streamlit"))]
    cli.main(["run", "app.py", *address])


def visit_when_ready(settings: Settings) -> None:
    """A visit before the first reader's: Python imports, and Trino compiles, what the page needs. What is in memory
    then stays, and is not looked through any more: Streamlit collects garbage after each run of each part, which took
    0.1 s, most of a run."""
    page = dashboard(settings)
    try:
        retry(lambda: check(page, settings), WITHIN_S)
        with opened(page.endpoint) as session:
            visit(session, "", WITHIN_S)
    except Exception as error:  # the readers' own visits do the same, and tell
        log.warning("the page could not be visited at its start: %s", error)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    main()
