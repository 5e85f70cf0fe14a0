"""The trust strip: how far to believe what the page shows. On top of every page, each part a link to what it is about.

A part is green, amber or red; icon and word say the same as the colour.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

import streamlit as st

from dashboard.refresh import refreshed
from dashboard.registry import PAGES
from dashboard.states import escaped
from ecom.base.errors import EcomError
from ecom.lake.trino import is_missing_table

HEAD_START_S = 1.0  # at most; two cores answer the page's questions and the strip's sooner one after the other


class Level(Enum):
    """Colour, icon, word."""

    GOOD = ("green", ":material/check_circle:", "Good")
    LOOK = ("orange", ":material/warning:", "Look")
    WRONG = ("red", ":material/error:", "Wrong")

    @property
    def color(self) -> str:
        return self.value[0]

    @property
    def icon(self) -> str:
        return self.value[1]

    @property
    def word(self) -> str:
        return self.value[2]


@dataclass(frozen=True)
class Part:
    """`title` names it, `sentence` is the finding, `details` what is behind it, a line each."""

    title: str
    level: Level
    sentence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """`look` finds out; where it cannot, the part is red and says why. `page` is a name in the registry."""

    title: str
    page: str
    look: Callable[[], Part]
    at_once: bool = False  # not after the page's own questions: it asks what they ask

    def part(self) -> Part:
        try:
            return self.look()
        except EcomError as error:
            if is_missing_table(error):
                return Part(self.title, Level.LOOK, "nothing there yet", ("Type `ecom run all`.",))
            return Part(self.title, Level.WRONG, "not known", (str(error),))


@contextmanager
def strip(checks: Sequence[Check]) -> Iterator[None]:
    """One link a part, each found out and refreshed by itself, beside the page: what is drawn inside."""
    page_asked = threading.Event()
    with st.container(key="trust"):
        for column, check in zip(st.columns(len(checks)), checks, strict=True):
            with column:
                refreshed(_draw, check, page_asked, beside=True)
    try:
        yield
    finally:
        page_asked.set()


def _draw(check: Check, page_asked: threading.Event) -> None:
    if not check.at_once:
        page_asked.wait(HEAD_START_S)
    part = check.part()
    level = part.level
    with st.container(border=True, gap="xxsmall", height="stretch"):
        label = f":{level.color}-badge[{level.icon} {level.word}] **{part.title}**"
        st.page_link(PAGES[check.page].page, label=label, icon="")
        st.markdown(escaped(part.sentence[0].upper() + part.sentence[1:]))
        for line in part.details:
            st.caption(escaped(line))
