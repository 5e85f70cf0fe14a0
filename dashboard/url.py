"""What lives in the URL, so that a link shows another person the same thing.

A widget with `key="name", bind="query-params"` keeps itself there as `?name=…`; these are for what is no widget.
"""

import streamlit as st


def get(name: str) -> str | None:
    """The parameter's value; None where it is absent or empty."""
    return st.query_params.get(name) or None


def put(name: str, value: str | None) -> None:
    """None takes it away. Not for a widget's own parameter: set `st.session_state[name]` in a callback instead."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def link_params(*names: str) -> dict[str, str]:
    """Of the page's own parameters those that a link to another page takes along."""
    return {name: value for name in names if (value := get(name))}
