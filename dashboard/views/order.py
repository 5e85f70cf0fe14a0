"""Order: what became of one order, as `ecom explain` tells it. The id lives in the URL (`?order_id=`)."""

import streamlit as st

from dashboard import lake, states
from dashboard.refresh import refreshed
from dashboard.states import verbatim
from ecom.base.errors import EcomError, ExitCode
from ecom.explain import explain
from ecom.explain.model import Event, Life, Verdict
from ecom.explain.words import (
    because,
    clock,
    money,
    payment_sentence,
    sales_lines,
    state_lines,
    title,
    unknown,
)

KEY = "order_id"
AS_OLD_AS = 2.0  # seconds: its answers are told together, so none may be much older than another
SHOWN = 200  # rows of a table
VERDICTS = {
    Verdict.ACCEPTED: ":green-badge[:material/check: accepted]",
    Verdict.DUPLICATE: ":gray-badge[:material/content_copy: duplicate]",
    Verdict.QUARANTINED: ":red-badge[:material/report: quarantined]",
    Verdict.WAITING: ":orange-badge[:material/hourglass_empty: waiting]",
}


def render() -> None:
    """Draws the page Order: a field for the order id, and what became of that order."""
    st.title("Order")
    st.text_input(
        "Order id",
        key=KEY,
        bind="query-params",
        placeholder="as the events name it, such as o-000042",
        help="The page's address holds the id too: a link to it shows the same order.",
    )
    if _asked():
        refreshed(_order)
    else:
        st.info("Type an order id to see its events, its payments, its state, and the minute of sales it counts in.")


def _asked() -> str:
    return str(st.session_state.get(KEY) or "").strip()


def _order() -> None:
    with states.guarded():
        try:
            life = explain(lake.asker(AS_OLD_AS), lake.settings(), _asked())
        except EcomError as error:
            if error.code not in (ExitCode.FINDING, ExitCode.USAGE):
                raise
            st.warning(verbatim(str(error)), icon=":material/search_off:")
            return
        if life.is_known:
            show(life)
        else:
            st.warning(verbatim(unknown(life.order_id)), icon=":material/search_off:")


def show(life: Life) -> None:
    """Draws an order's life: its minute in Gold, its state, its events and its payments."""
    for note in life.notes:
        st.warning(verbatim(note), icon=":material/info:")
    left, right = st.columns(2)
    with left:
        _sales(life)
    with right:
        _state(life)
    _events(life)
    _payments(life)


def _sales(life: Life) -> None:
    st.subheader("Gold")
    for line in sales_lines(life.sales):
        st.markdown(verbatim(line))


def _state(life: Life) -> None:
    st.subheader("Order state")
    if life.state is None:
        st.markdown("None: no accepted event of it is in the order state.")
        return
    rows = {
        "": [name for name, _ in state_lines(life.state)],
        "value": [verbatim(v) for _, v in state_lines(life.state)],
    }
    st.table(rows, hide_index=True, hide_header=True, alt="The order's row of silver.order_state")


def _events(life: Life) -> None:
    st.subheader("Events")
    st.caption("All times are UTC. Event time is the message's own; the others say when Kafka and Bronze got it.")
    _table([_event(event) for event in life.events], "The order's events, in the order in which they happened")
    messages = [event for event in life.events if event.message is not None and event.verdict is not Verdict.ACCEPTED]
    for event in messages[:SHOWN]:
        with st.expander(f"Message at {verbatim(str(event.place))}"):
            st.code(event.message, language=None, wrap_lines=True)
    if any(event.verdict is Verdict.QUARANTINED for event in life.events):
        from dashboard.registry import PAGES

        st.page_link(
            PAGES["quarantine"].page, label="What can be done about quarantined records", icon=":material/report:"
        )


def _event(event: Event) -> dict[str, str]:
    return {
        "Event time": verbatim(clock(event.event_ts)),
        "Event": verbatim(title(event)),
        "Verdict": VERDICTS[event.verdict],
        "Why": verbatim("; ".join(because(event))),
        "Topic": verbatim(event.place.topic),
        "Partition": str(event.place.partition),
        "Offset": str(event.place.offset),
        "Kafka": verbatim(clock(event.kafka_timestamp)),
        "Bronze": verbatim(clock(event.ingest_ts)),
        "event_id": verbatim(event.event_id or ""),
    }


def _payments(life: Life) -> None:
    st.subheader("Payments")
    rows = [
        {
            "Event time": verbatim(clock(payment.event_ts)),
            "Payment": verbatim(f"{payment.status} {money(payment.amount, payment.currency)}"),
            "Counts": verbatim(payment_sentence(payment)),
            "Method": verbatim(payment.method or ""),
            "payment_id": verbatim(payment.payment_id or ""),
        }
        for payment in life.payments
    ]
    if rows:
        _table(rows, "The order's payments, and whether each counts")
    else:
        st.markdown("No payment of it was accepted.")


def _table(rows: list[dict[str, str]], alt: str) -> None:
    st.table(rows[:SHOWN], border="horizontal", hide_index=True, alt=alt)
    if len(rows) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(rows):,}; `ecom explain` lists all.")
