"""Quarantine: why records were rejected, when, which they are, and the command that repairs them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import altair as alt
import pyarrow as pa
import streamlit as st

from dashboard import repair, states
from dashboard.chart import AXIS, moment
from dashboard.lake import ask
from dashboard.refresh import refreshed
from dashboard.states import verbatim
from ecom.base.sql_text import one_line
from ecom.explain.words import clock

WINDOWS = {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30), "all": None}
WINDOW, REASON, PAGE = "within", "reason", "records_page"
ROWS = 20  # records of a page
PAGES_SHOWN = 50
MESSAGE_CHARS = 2_000
KINDS = 12  # reasons that have a bar
OTHERS = 30  # reasons that are told in words

REASONS = f"""silver.quarantine cross join unnest(
    array_distinct(transform(reasons, r -> cast(row({repair.FIELD}, r.rule) as row(field varchar, rule varchar))))
) as r (field, rule)"""
BY_REASON = f"""
select field, rule, count(*) as records, max(quarantined_ts) as latest
from {REASONS}
where {{since}} group by field, rule order by records desc, field, rule limit 200
"""
OVER_TIME = f"""
select date_trunc('{{unit}}', quarantined_ts) as at, rule, count(*) as records
from {REASONS}
where {{since}} group by 1, 2 order by 1, 2 limit 20000
"""
RECORDS = f"""
select topic, "partition", "offset", kafka_timestamp, quarantined_ts, raw_key,
    substr(raw_value, 1, {{characters}}) as message,
    coalesce(length(raw_value), 0) as characters, length(raw_bytes) as bytes,
    transform(reasons, r -> r.field || ' ' || r.rule || coalesce(': ' || substr(r.found, 1, 200), '')) as why
from silver.quarantine
where {{since}} and any_match(reasons, r -> {repair.FIELD} = ? and r.rule = ?)
order by quarantined_ts desc, topic, "partition", "offset" desc offset {{offset}} limit {{limit}}
"""


def render() -> None:
    """Draws the page Quarantine: how many records were rejected, why, and each record."""
    st.title("Quarantine")
    st.caption(
        "Records that break their contract, with every rule that they break. They count nowhere, and none is lost: "
        "corrected and sent again, they are judged as new records."
    )
    states.unknown_in_link(WINDOW, WINDOWS, "the last 24h are shown")
    st.segmented_control(
        "Rejected within", list(WINDOWS), default="24h", key=WINDOW, bind="query-params", required=True
    )
    refreshed(_page)


def _page() -> None:
    with states.guarded():
        reasons = ask(BY_REASON.format(since=_since())).dicts()
        if not reasons:
            _nothing()
            return
        left, right = st.columns(2)
        with left:
            _by_reason(reasons)
        with right:
            _over_time()
        _records_of(reasons)


def _window() -> timedelta | None:
    return WINDOWS[st.session_state.get(WINDOW) or "24h"]


def _hours() -> int | None:
    window = _window()
    return int(window / timedelta(hours=1)) if window else None


def _since() -> str:
    hours = _hours()
    return f"quarantined_ts > current_timestamp - interval '{hours}' hour" if hours else "true"


def _nothing() -> None:
    if _window() is None:
        st.success("Nothing was ever quarantined.", icon=":material/check_circle:")
        return
    ((latest,),) = ask("select max(quarantined_ts) from silver.quarantine").rows
    before = f"The last record was rejected at {clock(latest)} UTC: choose a longer window." if latest else ""
    st.success(f"Nothing was quarantined in this window. {before}", icon=":material/check_circle:")


def _by_reason(reasons: list[dict[str, Any]]) -> None:
    st.subheader("Reasons")
    rows = pa.Table.from_pylist([{"reason": _name(r), "records": r["records"]} for r in reasons[:KINDS]])
    chart = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("records:Q", title="records", axis=alt.Axis(tickMinStep=1, format=",d")),
            y=alt.Y("reason:N", title=None, sort=None, axis=alt.Axis(labelLimit=220)),
            tooltip=["reason:N", alt.Tooltip("records:Q", format=",d")],
        )
    )
    most = reasons[0]
    st.altair_chart(chart, alt=f"Records by reason; the most, {most['records']:,}, for {_name(most)}")
    st.caption(f"{others(reasons[KINDS:])}A record that breaks several rules is counted for each.")


def others(reasons: list[dict[str, Any]]) -> str:
    """What the chart has no bar for; the picker below has it."""
    listed = ", ".join(f"{verbatim(_name(one))} {one['records']:,}" for one in reasons[:OTHERS])
    more = f" and {len(reasons) - OTHERS:,} rarer ones" if len(reasons) > OTHERS else ""
    return f"Also: {listed}{more}. " if reasons else ""


def _over_time() -> None:
    st.subheader("Over time")
    window = _window()
    unit = "hour" if window and window <= timedelta(days=7) else "day"
    found = ask(OVER_TIME.format(since=_since(), unit=unit)).dicts()
    step = timedelta(**{f"{unit}s": 1})
    rows = pa.Table.from_pylist([row | {"until": row["at"] + step, "when": moment(row["at"])} for row in found])
    now = datetime.now(UTC)
    domain = [(now - window).isoformat(), now.isoformat()] if window else alt.Undefined
    chart = (
        alt.Chart(rows)
        .mark_bar()
        .encode(
            x=alt.X("at:T", title="rejected (UTC)", scale=alt.Scale(type="utc", domain=domain), axis=AXIS),
            x2="until:T",
            y=alt.Y("records:Q", title="records", stack="zero", axis=alt.Axis(tickMinStep=1, format=",d")),
            color=alt.Color(
                "rule:N", title=None, scale=alt.Scale(scheme="tableau20"), legend=alt.Legend(orient="bottom", columns=2)
            ),
            tooltip=["when:N", "rule:N", alt.Tooltip("records:Q", format=",d")],
        )
    )
    st.altair_chart(chart, alt=f"Rejected records by {unit} and rule")


def _name(reason: dict[str, Any]) -> str:
    return one_line(f"{reason['field']} {reason['rule']}")


def _records_of(reasons: list[dict[str, Any]]) -> None:
    st.subheader("Records")
    names = [_name(reason) for reason in reasons]
    states.unknown_in_link(REASON, names, "another reason is shown")
    chosen = st.selectbox("Reason", names, key=REASON, bind="query-params")
    reason = reasons[names.index(chosen)] if chosen in names else reasons[0]
    _repair(reason)
    page = _page_picker(reason["records"])
    sql = RECORDS.format(since=_since(), characters=MESSAGE_CHARS, offset=(page - 1) * ROWS, limit=ROWS)
    for row in ask(sql, (reason["field"], reason["rule"])).dicts():
        _record(row)


def _repair(reason: dict[str, Any]) -> None:
    field, rule = reason["field"], reason["rule"]
    with st.expander("How to repair all of these", icon=":material/build:"):
        st.markdown(f"Write them to a file, correct it ({verbatim(repair.how_to(rule))}), send it again:")
        st.code(repair.of_reason(field, rule, _hours()), language="bash", wrap_lines=True)
        st.caption(f"At most {repair.MOST:,} at a time. The records here keep their verdict; what is sent is new.")


def _page_picker(records: int) -> int:
    last = min(max(-(-records // ROWS), 1), PAGES_SHOWN)
    if last == 1:
        return 1
    if (st.session_state.get(PAGE) or 1) > last:
        st.session_state[PAGE] = last
    page = st.number_input(
        f"Page of {last} ({ROWS} records each)", 1, last, step=1, key=PAGE, bind="query-params", width=220
    )
    if last == PAGES_SHOWN:
        st.caption(f"The newest {PAGES_SHOWN * ROWS:,} records; Trino has the others (`silver.quarantine`).")
    return int(page)


def _record(row: dict[str, Any]) -> None:
    place = f"{row['topic']}-{row['partition']} offset {row['offset']}"
    with st.expander(f"{verbatim(place)}, rejected {clock(row['quarantined_ts'])}"):
        for why in row["why"]:
            st.markdown(f"- {verbatim(why)}")
        key = row["raw_key"]
        st.markdown(f"Kafka key: {verbatim(key)}" if key else "It has no Kafka key.")
        if row["message"] is not None:
            st.code(row["message"], language=None, wrap_lines=True)
        if row["characters"] > MESSAGE_CHARS:
            st.caption(f"The first {MESSAGE_CHARS:,} of {row['characters']:,} characters.")
        if row["bytes"]:
            st.markdown(f"{row['bytes']:,} bytes that are not UTF\\-8.")
        is_bytes = row["bytes"] is not None
        st.code(
            repair.of_record(row["topic"], row["partition"], row["offset"], is_bytes=is_bytes),
            language="bash",
            wrap_lines=True,
        )
        if key:
            from dashboard.registry import PAGES

            st.page_link(PAGES["order"].page, label="The order of this key", query_params={"order_id": key})
