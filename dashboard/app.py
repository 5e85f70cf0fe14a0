"""The entry: `ecom serve dashboard` runs it, in Streamlit."""

from pathlib import Path

import streamlit as st

from dashboard import refresh, trust
from dashboard.checks import CHECKS
from dashboard.registry import PAGES

ICON = Path(__file__).with_name("icon.svg")  # a material icon would be fetched from its maker


def main() -> None:
    st.set_page_config(page_title="Sales by the minute", page_icon=str(ICON), layout="wide")
    page = st.navigation([entry.page for entry in PAGES.values()], position="top")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown("**How far to trust this page**")
        refresh.picker()
    with trust.strip(CHECKS):
        page.run()


main()
