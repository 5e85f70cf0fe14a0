"""Sales: the window's figures against the window before, the chart, and the same as a table and as CSV."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import streamlit as st

from dashboard import chart, sales_window, settling, states
from dashboard.checks.dbt_build import last_build
from dashboard.csv_file import minutes_as_csv
from dashboard.lake import ask
from dashboard.refresh import refreshed
from dashboard.sales_window import BUCKETS, LENGTHS, Point, Sales, Window
from dashboard.words import span
from ecom.contracts.money import amount, change, digits, places, rounded, to_digits
from ecom.explain.words import minute

CURRENCIES = """
select currency, sum(paid_orders), max(minute_bucket)
from gold.fct_sales_minute
group by currency
"""
SLOW_S = 60.0


def render() -> None:
    st.title("Sales by the minute")
    refreshed(_body)


def _body() -> None:
    with states.guarded():
        newest = _pickers()
        if newest:
            _figures(newest)


def _pickers() -> dict[str, datetime]:
    """Currency to its newest minute; draws the pickers, which live in the URL."""
    wanted = st.query_params.get("currency")
    rows = _currencies(wanted)
    if not rows:
        states.empty_lake()
        return {}
    codes = [code for code, *_ in rows]
    if wanted and wanted not in codes:
        states.not_as_linked(f"There are no sales in {states.verbatim(wanted)}", "another currency is shown")
    states.unknown_in_link("window", LENGTHS, f"the last {sales_window.DEFAULT} are shown")
    until = states.linked("until")
    busiest = max(rows, key=lambda row: row[1])[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            "Currency",
            codes,
            index=codes.index(busiest),
            key="currency",
            bind="query-params",
            disabled=len(codes) == 1,
            help="Currencies are never added together.",
            width=130,
        )
        st.selectbox(
            "Window: the last",
            list(LENGTHS),
            index=list(LENGTHS).index(sales_window.DEFAULT),
            key="window",
            bind="query-params",
            width=150,
        )
        st.datetime_input(
            "Ends (UTC; empty: now)",
            value=None,
            min_value=datetime(2000, 1, 1),
            max_value=datetime(2100, 1, 1),
            key="until",
            bind="query-params",
            step=timedelta(minutes=1),
            width=220,
        )
    if until and not st.session_state["until"]:
        bad = f"The link's end {states.verbatim(until)} is no time from 2000 to 2100, as 2026-01-31T10:00 is"
        states.not_as_linked(bad, "the window ends now")
    return {code: at for code, _, at in rows}


def _currencies(wanted: str | None) -> list[tuple[str, int, datetime]]:
    """An old list will do until the next refresh, unless it lacks what is wanted, or everything."""
    rows = ask(CURRENCIES, at_most=SLOW_S, behind=True).rows
    is_enough = bool(rows) and (wanted is None or wanted in {code for code, *_ in rows})
    return sorted((code, orders, at) for code, orders, at in (rows if is_enough else ask(CURRENCIES).rows))


def _window(now: datetime) -> Window:
    until = st.session_state["until"]
    return sales_window.window(LENGTHS[st.session_state["window"]], until and until.replace(tzinfo=UTC), now)


def _figures(newest: dict[str, datetime]) -> None:
    now = datetime.now(UTC)
    currency, shown = st.session_state["currency"], _window(now)
    found = sales_window.sales(shown, ask(shown.sql, shown.params(currency)).rows)
    if not found.current.paid_orders:
        _nothing(shown, currency, newest[currency])
        return
    _metrics(found, shown, currency)
    _chart(found, shown, currency, now)
    _table(found, shown, currency)


def _nothing(shown: Window, currency: str, newest: datetime) -> None:
    st.info(
        f"**No paid orders in {currency} from {minute(shown.start)} to {minute(shown.end)}.** "
        f"The newest minute with sales in {currency} is {minute(newest)}.",
        icon=":material/event_busy:",
    )

    def go() -> None:
        st.session_state["until"] = newest.replace(tzinfo=None) + timedelta(minutes=1)

    st.button("Show the window that ends with the newest sales", on_click=go, icon=":material/history:")


def _metrics(found: Sales, shown: Window, currency: str) -> None:
    now, before = found.current, found.previous
    before_it = f"the {span(shown.length)} before"
    average = [one.average or Decimal(0) for one in (now, before)]
    cells = [
        ("GMV", amount(now.gmv, currency), change(now.gmv, before.gmv)),
        ("Net sales", amount(now.net_sales, currency), change(now.net_sales, before.net_sales)),
        ("Paid orders", f"{now.paid_orders:,}", change(now.paid_orders, before.paid_orders)),
        ("Average order value", rounded(average[0], currency), change(average[0], average[1])),
    ]
    for column, (label, value, delta) in zip(st.columns(len(cells)), cells, strict=True):
        with column:
            st.metric(label, value, delta, delta_description=f"vs {before_it}" if delta else f"nothing in {before_it}")


def _chart(found: Sales, shown: Window, currency: str, now: datetime) -> None:
    settles = settling.Settling(settling.takes(min(shown.end, now)), last_build().built)
    final_before = settles.final_before(now)
    bucket = BUCKETS[shown.bucket]
    data = chart.frame([point for point in found.points if point.at <= now], currency, final_before)
    spec = deepcopy(chart.spec(currency, bucket, st.context.theme.type or "light"))
    st.vega_lite_chart(data, spec, width="stretch", key="sales-chart", alt=_in_words(found, shown, currency))
    st.caption(_caption(shown, settles, final_before))


def _in_words(found: Sales, shown: Window, currency: str) -> str:
    best = max(found.points, key=lambda point: point.gmv)
    return (
        f"Line chart of GMV in {currency} and of paid orders, a point each {BUCKETS[shown.bucket]}, "
        f"from {minute(shown.start)} to {minute(shown.end)}. "
        f"GMV is highest at {minute(best.at)} with {amount(best.gmv, currency)}. The table below has every figure."
    )


def _caption(shown: Window, settles: settling.Settling, final_before: datetime) -> str:
    text = f"A point each {BUCKETS[shown.bucket]} (UTC). Drag or turn the wheel to zoom, double-click to go back. "
    if final_before >= shown.end:
        return text + "Nothing here is likely to change."
    return text + (
        f"Dashed and shaded, since {minute(final_before)}: still filling. 95 % of the orders have their last payment "
        f"within {span(settles.takes)}, and late events may still come."
    )


def _table(found: Sales, shown: Window, currency: str) -> None:
    """Drawn when it is opened: a browser that need not draw it has its first page sooner."""
    table = st.expander(
        "Table and download", icon=":material/table:", key="table", on_change="rerun", bind="query-params"
    )
    if not table.open:
        return
    with table:
        described = f"Sales in {currency}, a row each {BUCKETS[shown.bucket]} with a sale"
        rows = as_table(found.points, currency)
        st.dataframe(rows, hide_index=True, alt=described, column_config=_formats(rows.schema))
        st.download_button(
            "Download every minute with a sale as CSV",
            data=lambda: minutes_as_csv(currency, shown),
            file_name=f"sales-{currency}-{shown.start:%Y%m%dT%H%M}-{shown.end:%Y%m%dT%H%M}.csv",
            mime="text/csv",
            on_click="ignore",
            icon=":material/download:",
        )


def as_table(points: list[Point], currency: str) -> pa.Table:
    """The points with a sale, the newest first. Amounts are decimals, so that the table sorts by them."""
    sold = [point for point in reversed(points) if point.paid_orders]
    columns = {
        "GMV": [point.gmv for point in sold],
        "Net sales": [point.net_sales for point in sold],
        "Average order value": [to_digits(point.average or point.gmv, currency) for point in sold],
    }
    amounts = {f"{name}, {currency}": _decimals(values, currency) for name, values in columns.items()}
    orders = pa.array([point.paid_orders for point in sold], pa.int64())
    minutes = pa.array([f"{point.at:%Y-%m-%d %H:%M}" for point in sold], pa.string())
    return pa.table({"From (UTC)": minutes, "Paid orders": orders} | amounts)


def _decimals(values: list[Decimal], currency: str) -> pa.Array:
    """With the currency's digits, or as many more as a figure has."""
    scale = max((places(value, digits(currency)) for value in values), default=0)
    return pa.array(values, pa.decimal128(38, scale))


def _formats(schema: pa.Schema) -> dict[str, Any]:
    decimals = [one for one in schema if pa.types.is_decimal(one.type)]
    return {one.name: st.column_config.NumberColumn(format=f"%.{one.type.scale}f") for one in decimals}
