"""Not built yet: the branch `explain` brings it."""

import streamlit as st


def render() -> None:
    st.info("This page is not built yet.")
