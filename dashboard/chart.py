"""The chart of Sales: `gmv` and `paid_orders` over time. Its geometry is float; every figure in it is text made from
the Decimal."""

from datetime import datetime

import altair as alt
import pyarrow as pa

from dashboard.money import amount
from dashboard.sales_window import Point

FINAL, FILLING = "final", "still filling"
COLORS = {"light": ("#0b5394", "#a64d00"), "dark": ("#8ec5ff", "#ffb570")}  # contrast above 4.5 on either background
BAND = {"light": "#d9a441", "dark": "#ffd479"}


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
        "when": f"{point.at:%Y-%m-%d %H:%M} UTC",
        "gmv_text": amount(point.gmv, currency),
        "net_text": amount(point.net_sales, currency),
        "orders_text": f"{point.paid_orders:,}",
    }


def chart(data: pa.Table, currency: str, bucket: str, mode: str) -> alt.LayerChart:
    """`mode` is light or dark. Drag and wheel zoom in time; a double click goes back."""
    names = (f"GMV, {currency}", "Paid orders")
    color = alt.Color(
        "metric:N",
        scale=alt.Scale(domain=list(names), range=list(COLORS[mode])),
        legend=alt.Legend(title=None, orient="top", symbolType="stroke"),
    )
    zoom = alt.selection_interval(name="zoom", bind="scales", encodings=["x"])
    base = alt.Chart(data).encode(
        x=alt.X("at:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(labelOverlap=True)),
    )
    gmv = _line(base, "gmv", names[0], color, 2.5).add_params(zoom)
    orders = _line(base, "paid_orders", names[1], color, 1.5)
    layers: alt.LayerChart = (
        alt.layer(_band(base, mode), gmv, orders, *_pointer(base, bucket, names))
        .resolve_scale(y="independent")
        .properties(height=340)
    )
    return layers


def _line(base: alt.Chart, field: str, name: str, color: alt.Color, width: float) -> alt.Chart:
    line: alt.Chart = (
        base.transform_calculate(metric=f"'{name}'")
        .mark_line(strokeWidth=width, interpolate="step-after" if field == "paid_orders" else "linear")
        .encode(
            y=alt.Y(
                f"{field}:Q", title=name, axis=alt.Axis(format="~s", orient="right" if "orders" in field else "left")
            ),
            color=color,
            strokeDash=alt.StrokeDash(
                "state:N",
                scale=alt.Scale(domain=[FINAL, FILLING], range=[[1, 0], [4, 4]]),
                legend=alt.Legend(title=None, orient="top", symbolType="stroke"),
            ),
        )
    )
    return line


def _band(base: alt.Chart, mode: str) -> alt.Chart:
    """Behind the lines, over what is still filling."""
    band: alt.Chart = (
        base.transform_filter(f"datum.state == '{FILLING}'")
        .transform_aggregate(first="min(at)", last="max(at)")
        .mark_rect(color=BAND[mode], opacity=0.18)
        .encode(x="first:T", x2="last:T")
    )
    return band


def _pointer(base: alt.Chart, bucket: str, names: tuple[str, str]) -> tuple[alt.Chart, ...]:
    near = alt.selection_point(
        name="near", nearest=True, on="pointerover", encodings=["x"], empty=False, clear="pointerout"
    )
    tooltip = [
        alt.Tooltip("when:N", title=bucket.capitalize()),
        alt.Tooltip("gmv_text:N", title="GMV"),
        alt.Tooltip("net_text:N", title="Net sales"),
        alt.Tooltip("orders_text:N", title=names[1]),
        alt.Tooltip("state:N", title="State"),
    ]
    return (
        base.mark_rule(opacity=0, size=1).encode(tooltip=tooltip).add_params(near),
        base.mark_rule(size=1, color="gray").encode(
            opacity=alt.condition(near, alt.value(0.7), alt.value(0)), tooltip=tooltip
        ),
    )
