"""What is counted and may not be meant: repeated movements, overpaid orders, conflicts (ecom/trust/doubts.py)."""

import streamlit as st

from dashboard.lake import contracts, settings
from dashboard.probe import Found, Probe
from dashboard.trust import Level, Part
from dashboard.words import counted
from ecom.base.errors import EcomError
from ecom.lake.trino import TrinoSession
from ecom.trust.doubts import Doubts, doubts

TITLE = "Doubts"
EVERY_S = 60.0
PAUSE_S = 3.0
FIRST_WAIT_S = 6.0


def look() -> Part:
    found = latest()
    if found is None:
        return Part(TITLE, Level.LOOK, "being looked for", ("A long history takes a while; this page looks again.",))
    if found.value is None:
        raise found.error or EcomError("What may not be meant could not be looked for")
    return judge(found.value)


def latest() -> Found[Doubts] | None:
    """None while the first look is not done."""
    return _probe().latest(wait=FIRST_WAIT_S, renewed=True)


@st.cache_resource(show_spinner=False)
def _probe() -> Probe[Doubts]:
    return Probe(_ask, EVERY_S, PAUSE_S)


def _ask() -> Doubts:
    with TrinoSession(settings()) as session:
        return doubts(session, contracts())


def judge(found: Doubts) -> Part:
    """Nothing here is wrong by itself: only the shop knows what was meant."""
    kinds = [
        counted(count, one, many)
        for count, one, many in (
            (found.repeated_movements, "repeated movement", None),
            (found.overpaid_orders, "overpaid order", None),
            (found.overrefunded_orders, "order refunded beyond its total", "orders refunded beyond their total"),
            (found.uncertain_orders, "order whose last state is not certain", "orders whose last state is not certain"),
            (found.conflicting_events, "event in conflict", "events in conflict"),
            (sum(found.records_without_key.values()), "record without a key", "records without a key"),
        )
        if count
    ]
    if not kinds:
        return Part(TITLE, Level.GOOD, "none: no figure rests on a guess")
    return Part(
        TITLE, Level.LOOK, kinds[0], (*_rest(kinds[1:]), "Counted all the same; see Pipeline, or `ecom account`.")
    )


def _rest(kinds: list[str]) -> tuple[str, ...]:
    return (f"Also {', '.join(kinds)}.",) if kinds else ()
