"""What the page shows when there is nothing to draw: why, and what to type next."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import streamlit as st

from ecom.base.errors import EcomError
from ecom.base.sql_text import one_line
from ecom.lake.trino import UnreachableError, is_missing_table

MARKS = re.compile(r"([\\`*_{}\[\]()#+!|<>~$:&-])")
LINK = re.compile(r"https?://|www\.|@", re.IGNORECASE)  # what GitHub's Markdown makes links of


@contextmanager
def guarded() -> Iterator[None]:
    """Shows an EcomError that ends what is inside, in the place where it would have been drawn."""
    try:
        yield
    except EcomError as error:
        problem(error)


def problem(error: EcomError) -> None:
    """Shows why there is nothing to draw: an empty lake, a Trino that does not answer, or another error."""
    if is_missing_table(error):
        empty_lake()
    elif isinstance(error, UnreachableError):
        st.error(
            f"**Trino does not answer, so nothing can be shown.** {escaped(str(error))} "
            "This page asks again by itself, unless its refresh is off.",
            icon=":material/cloud_off:",
        )
    else:
        st.error(f"**This could not be asked.** {escaped(str(error))}", icon=":material/error:")


def empty_lake() -> None:
    st.info(
        "**The lake is empty: no sales have been built yet.** Send events and run the jobs once:\n\n"
        "```\necom produce --orders 1000 && ecom run all\n```\n\n"
        "With `ecom up --all`, Airflow runs the jobs every five minutes.",
        icon=":material/inbox:",
    )


def unknown_in_link(name: str, known: Collection[str], shown: str) -> None:
    """Says so where the URL asks for a `name` that is not there. Before the widget of that key, which speaks for the
    reader from then on, and corrects the URL."""
    asked = linked(name)
    if asked is not None and asked not in known:
        not_as_linked(f"The link's {name} {verbatim(asked)} is not known here", shown)


def linked(name: str) -> str | None:
    """What the URL asks for, until the widget of that key is drawn: later the URL may hold what its reader chose."""
    return None if name in st.session_state else st.query_params.get(name)


def not_as_linked(why: str, shown: str) -> None:
    st.warning(f"{why}; {shown}.", icon=":material/info:")


def escaped(text: str) -> str:
    """`text` as Markdown shows it: what stands in data or in an error formats nothing and links nowhere. What stands
    between backticks is a command, and stays; a backtick without its other half is text."""
    if text.count("`") % 2:
        return verbatim(text)
    parts = text.split("`")
    parts[::2] = [_literal(part) for part in parts[::2]]
    return "`".join(parts)


def verbatim(text: str) -> str:
    """`text` from data, as Markdown shows it: it formats nothing, and a backtick in it opens nothing either."""
    return _literal(one_line(text))


def _literal(text: str) -> str:
    words = re.split(r"(\s+)", text)
    return "".join(_code(word) if LINK.search(word) else MARKS.sub(r"\\\1", word) for word in words)


def _code(word: str) -> str:
    """Markdown makes links of addresses even where each character is escaped, and of none in code. The spaces outside
    keep the backticks apart from others; a page shows several as one."""
    fence = "`" * (1 + max(map(len, re.findall("`+", word)), default=0))
    return f" {fence} {word} {fence} "
