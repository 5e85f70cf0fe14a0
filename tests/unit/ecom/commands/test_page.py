"""`ecom open`, and how the page is started."""

import tomllib
from typing import Any

import pytest

from ecom.base.settings import ROOT
from ecom.commands.page import has_browser

CONFIG: dict[str, Any] = tomllib.loads((ROOT / "dashboard" / ".streamlit" / "config.toml").read_text())


@pytest.mark.parametrize(
    ("environ", "platform", "has"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"BROWSER": "firefox"}, "linux", True),
        ({"DISPLAY": ""}, "linux", False),
        ({}, "darwin", True),
    ],
)
def test_a_browser_is_opened_only_where_there_is_a_screen(environ: dict[str, str], platform: str, has: bool) -> None:
    assert has_browser(environ, platform) is has


def test_the_page_tells_nobody_of_its_use_and_lets_no_other_site_in() -> None:
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"] | {"headless": True, "enableCORS": True, "enableXsrfProtection": True} == CONFIG["server"]
    assert CONFIG["server"]["allowedHosts"] == ["127.0.0.1", "localhost"]
