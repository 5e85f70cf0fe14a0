"""Where Kafka's log ends, asked beside the page: a broker that does not answer must not hold it up."""

import streamlit as st

from dashboard.lake import contracts, settings
from dashboard.probe import Found, Probe
from ecom.base.errors import EcomError
from ecom.lake.commit_note import Position
from ecom.lake.kafka import topic_state

EVERY_S = 5.0
FIRST_WAIT_S = 4.0


def ends() -> Found[Position]:
    """The offset after the last one, by topic and partition."""
    found = _probe().latest(FIRST_WAIT_S)
    return found or Found(None, EcomError("Kafka has not answered yet"), 0)


@st.cache_resource(show_spinner=False)
def _probe() -> Probe[Position]:
    return Probe(_ends, EVERY_S)


def _ends() -> Position:
    found = Position()
    for contract in contracts().values():
        state = topic_state(settings(), contract.topic)
        found |= {(contract.topic, partition): end for partition, end in state.high.items()}
    return found
