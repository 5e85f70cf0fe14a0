"""`ecom open`: the page, in the reader's browser."""

import os
import sys
import webbrowser
from collections.abc import Mapping

import typer

from ecom.base.settings import load_settings


def register(app: typer.Typer) -> None:
    app.command("open")(open_page)


def open_page() -> None:
    """Open the page (sales by the minute, and how far to trust them) in a browser, and print its address.

    Where there is no browser, as in a shell on a server, the address alone is printed.

    Example: ecom open
    """
    from ecom.stack.ready import check
    from ecom.stack.services import dashboard

    settings = load_settings()
    page = dashboard(settings)
    check(page, settings)
    print(page.endpoint, flush=True)
    if has_browser(os.environ, sys.platform):
        webbrowser.open(page.endpoint)


def has_browser(environ: Mapping[str, str], platform: str) -> bool:
    """One that opens a window: `webbrowser` would also start one that fills the terminal."""
    return platform in ("darwin", "win32") or any(environ.get(n) for n in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
