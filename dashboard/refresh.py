"""How often the page asks again: 5 seconds to 5 minutes, or never by itself. Lives in the URL (`?refresh=30s`)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard.states import unknown_in_link

KEY = "refresh"
INTERVALS = {
    "5s": timedelta(seconds=5),
    "10s": timedelta(seconds=10),
    "30s": timedelta(seconds=30),
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "off": None,
}
DEFAULT = "30s"
LONGEST_AGE_S = 30.0  # an answer that a page without refresh, or a slow one, may share with others


def picker() -> None:
    """Draws the list from which the reader chooses how often the page asks again."""
    unknown_in_link(KEY, INTERVALS, f"it asks every {DEFAULT}")
    st.selectbox(
        "Refresh every",
        list(INTERVALS),
        index=list(INTERVALS).index(DEFAULT),
        key=KEY,
        bind="query-params",
        width=130,
        filter_mode=None,
    )


def interval() -> timedelta | None:
    """The reader's choice; None: never by itself."""
    return INTERVALS[st.session_state.get(KEY) or DEFAULT]


def max_age() -> float:
    """How old an answer may be, in seconds."""
    chosen = interval()
    return min(chosen.total_seconds() * 0.9 if chosen else LONGEST_AGE_S, LONGEST_AGE_S)


def refreshed(part: Callable[..., None], *arguments: Any, beside: bool = False) -> None:
    """Draws `part(*arguments)`, and draws it again, alone, as often as the reader chose. `beside`: the page does not
    wait for it; it may then write into no container but its own."""
    st.fragment(part, run_every=interval(), parallel=beside)(*arguments)
