"""Questions to the lake, as the read-only user: `rows = ask("select … where currency = ?", ("USD",)).rows`."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.answers import Answers
from dashboard.refresh import max_age
from ecom.base.settings import Settings, load_settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.lake.trino import Result, query

UNHURRIED_S = 15.0  # the trust strip's: what it tells changes when a job has run, not every five seconds


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    return load_settings().as_reader()


@st.cache_resource(show_spinner=False)
def contracts() -> dict[str, Contract]:
    """Dataset to contract; a changed contract is seen when the page starts anew."""
    return load_datasets(settings())


@st.cache_resource(show_spinner=False)
def _answers() -> Answers:
    ours = settings()
    return Answers(lambda sql, params: query(ours, sql, params))


def ask(sql: str, params: tuple[Any, ...] = (), *, at_most: float | None = None, behind: bool = False) -> Result:
    """An answer as fresh as the reader's refresh interval asks for, or at most `at_most` seconds old where that is
    more: for what changes slowly, or is dear. `behind`: an older one will do until the next refresh.
    Sessions that ask the same share it, so let times in `params` be round.
    Compare a column with `cast(? as timestamp(3) with time zone)`: an instant of another precision than the column's
    lets Trino skip no file.

    Raises EcomError; `states.guarded()` shows it.
    """
    return _answers().ask(sql, params, max_age=max(max_age(), at_most or 0), behind=behind)


def asker(at_most: float) -> Callable[[str, tuple[Any, ...]], Result]:
    """As `ask`, for threads that the page starts: they know nothing of the reader's session."""
    answers = _answers()
    return lambda sql, params: answers.ask(sql, params, max_age=at_most)
