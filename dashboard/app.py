"""The entry: `ecom serve dashboard` runs it, in Streamlit."""

from pathlib import Path

import streamlit as st

from dashboard import refresh, trust
from dashboard.registry import PAGES


def main() -> None:
    st.set_page_config(
        page_title="Sales by the minute", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide"
    )
    page = st.navigation([entry.page for entry in PAGES.values()], position="top")
    refresh.picker()
    refresh.refreshed(trust.strip)
    page.run()


main()
