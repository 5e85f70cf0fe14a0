"""The chart of Sales: `gmv` and `paid_orders` over time, one above the other. Its geometry is float; every figure in it
is text made from the Decimal."""

from datetime import datetime
from functools import lru_cache
from typing import Any

import altair as alt
import pyarrow as pa

from dashboard.sales_window import Point
from ecom.contracts.money import amount

FINAL, FILLING = "final", "still filling"
GMV, ORDERS = "GMV", "Paid orders"
COLORS = {"light": ("#0b5394", "#a64d00"), "dark": ("#8ec5ff", "#ffb570")}  # contrast above 4.5 on either background
BAND = {"light": "#d9a441", "dark": "#ffd479"}
HEIGHT = 420
UPPER, LOWER = (0.64, 0.0), (1.0, 0.72)  # shares of it, from the top: where each line has its 0 and its most
HOURS = "utcFormat(datum.value, utchours(datum.value) + utcminutes(datum.value) == 0 ? '%d %b' : '%H:%M')"
AXIS = alt.Axis(labelExpr=HOURS, labelOverlap=True)  # UTC, 24 hours, whatever the browser's language is


def moment(at: datetime) -> str:
    """For a tooltip: Vega would write it in the browser's own zone."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def frame(points: list[Point], currency: str, final_before: datetime) -> pa.Table:
    """A row a point; where the line turns from final to still filling, the point belongs to both."""
    rows = []
    for i, point in enumerate(points):
        is_final = point.at < final_before
        rows.append(_row(point, currency, FINAL if is_final else FILLING))
        if is_final and i + 1 < len(points) and points[i + 1].at >= final_before:
            rows.append(_row(point, currency, FILLING))
    return pa.Table.from_pylist(rows)


def _row(point: Point, currency: str, state: str) -> dict[str, object]:
    return {
        "at": point.at,
        "gmv": float(point.gmv),
        "paid_orders": point.paid_orders,
        "state": state,
        "when": moment(point.at),
        "gmv_text": amount(point.gmv, currency),
        "net_text": amount(point.net_sales, currency),
        "orders_text": f"{point.paid_orders:,}",
    }


@lru_cache(maxsize=200)
def spec(currency: str, bucket: str, mode: str) -> dict[str, Any]:
    """The chart without its data: what a refresh need not build again (Altair takes 60 ms). Not to be changed.

    `mode` is light or dark. Drag and wheel zoom in time, both lines together; a double click goes back.
    """
    zoom = alt.selection_interval(name="zoom", bind="scales", encodings=["x"])
    base = alt.Chart(alt.NamedData("points")).encode(
        x=alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=AXIS),
    )
    gmv, orders = COLORS[mode]
    upper = _line(base, "gmv", f"{GMV}, {currency}", gmv, UPPER).add_params(zoom)
    lower = _line(base, "paid_orders", ORDERS, orders, LOWER)
    layers = (
        alt.layer(_band(base, mode), upper, lower, _pointer(base, bucket))
        .resolve_scale(y="independent")
        .properties(height=HEIGHT)
    )
    found: dict[str, Any] = layers.to_dict()
    del found["data"]
    return found


def _line(base: alt.Chart, field: str, title: str, color: str, place: tuple[float, float]) -> alt.Chart:
    bottom, top, middle = (alt.ExprRef(f"height * {share}") for share in (*place, sum(place) / 2))
    axis = alt.Axis(
        format="~s",
        labelExpr="datum.value == 0 ? '0' : datum.label",
        tickCount=4,
        tickMinStep=1 if field == "paid_orders" else alt.Undefined,
        orient="left",
        titleY=middle,
        titleAnchor="middle",
        minExtent=40,
    )
    dash = alt.StrokeDash(
        "state:N",
        scale=alt.Scale(domain=[FINAL, FILLING], range=[[1, 0], [4, 4]]),
        legend=alt.Legend(title=None, orient="top", symbolType="stroke", symbolStrokeColor="gray"),
    )
    line: alt.Chart = base.mark_line(color=color, strokeWidth=2).encode(
        y=alt.Y(f"{field}:Q", title=title, scale=alt.Scale(range=[bottom, top]), axis=axis), strokeDash=dash
    )
    return line


def _band(base: alt.Chart, mode: str) -> alt.Chart:
    """The shaded band behind the lines, over the minutes that are not final yet."""
    filling = base.transform_filter(f"datum.state == '{FILLING}'")
    band: alt.Chart = filling.mark_area(color=BAND[mode], opacity=0.2).encode(y=alt.value(0), y2=alt.value("height"))
    return band


def _pointer(base: alt.Chart, bucket: str) -> alt.Chart:
    near = alt.selection_point(
        name="near", nearest=True, on="pointerover", encodings=["x"], empty=False, clear="pointerout"
    )
    tooltip = [
        alt.Tooltip("when:N", title=bucket.capitalize()),
        alt.Tooltip("gmv_text:N", title=GMV),
        alt.Tooltip("net_text:N", title="Net sales"),
        alt.Tooltip("orders_text:N", title=ORDERS),
        alt.Tooltip("state:N", title="State"),
    ]
    opacity = alt.condition(near, alt.value(0.8), alt.value(0))
    rule: alt.Chart = base.mark_rule(color="gray").encode(opacity=opacity, tooltip=tooltip).add_params(near)
    return rule
