"""Sales: the window's figures against the window before, and the chart by the minute."""

import streamlit as st

from dashboard import states
from dashboard.lake import ask
from dashboard.refresh import refreshed


def render() -> None:
    st.title("Sales by the minute")
    refreshed(_figures)


def _figures() -> None:
    with states.guarded():
        rows = ask("select currency, count(*) as minutes from gold.fct_sales_minute group by 1 order by 1").rows
        if not rows:
            states.empty_lake()
        for currency, minutes in rows:
            st.write(f"{currency}: {minutes:,} minutes")
