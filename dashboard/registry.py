"""The pages, in the order of the navigation. A page is a module of `views/` with `render()`.

Not `pages/`: Streamlit runs the files of a folder of that name by themselves for whoever comes to one first.
"""

from dataclasses import dataclass
from importlib import import_module

import streamlit as st


@dataclass(frozen=True)
class PageEntry:
    name: str  # its module in `views/`, and its path in the URL
    title: str
    icon: str

    @property
    def page(self) -> st.Page:
        """Made anew for each run: Streamlit notes on it which session's run may draw it."""
        module = import_module(f"dashboard.views.{self.name}")
        return st.Page(
            module.render, title=self.title, icon=self.icon, url_path=self.name, default=self.name == "sales"
        )


PAGES = {
    entry.name: entry
    for entry in (
        PageEntry("sales", "Sales", ":material/show_chart:"),
        PageEntry("order", "Order", ":material/receipt_long:"),
        PageEntry("quarantine", "Quarantine", ":material/report:"),
        PageEntry("pipeline", "Pipeline", ":material/conveyor_belt:"),
    )
}
