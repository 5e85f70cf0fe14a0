"""Pipeline: what each micro-batch did, what waits in front of each layer, and how fresh each layer was."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import altair as alt
import pyarrow as pa
import streamlit as st

from dashboard import lake, states
from dashboard.chart import AXIS, moment
from dashboard.checks import doubts, kafka
from dashboard.lag import Waiting, waiting
from dashboard.lake import ask, contracts
from dashboard.layer_age import ages
from dashboard.refresh import refreshed
from dashboard.states import escaped, verbatim
from ecom.base.errors import EcomError
from ecom.lake import tables
from ecom.lake.commit_note import Position
from ecom.lake.s3 import Bucket
from ecom.lake.trino import is_missing_table
from ecom.trust.watch import received
from spark_jobs.derived import computable

BATCHES = """
select topic, max(finished_ts) as finished_ts,
    round(to_unixtime(max(finished_ts)) - to_unixtime(min(started_ts)), 1) as seconds,
    sum(rows_in) as rows_in, sum(clean) as clean, sum(duplicate) as duplicate, sum(quarantined) as quarantined
from ops.batch_ledger
where finished_ts > current_timestamp - interval '24' hour
group by topic, checkpoint_id, batch_id order by finished_ts desc limit 1500
"""
JUDGED = 'select topic, "partition", max(last_offset) + 1 from ops.batch_ledger group by topic, "partition"'
LAYERS = ("bronze", "silver", "gold")
FINE = timedelta(minutes=5)


def writes() -> dict[str, tuple[tuple[str, str], ...]]:
    """By layer, the tables whose rows say when they were written, and the column that does."""
    return {
        "bronze": tuple((str(tables.raw(dataset)), "ingest_ts") for dataset in contracts()),
        "silver": tuple((str(derived.table), "updated_ts") for derived in computable(contracts())[0]),
        "gold": (("gold_audit.sales_builds", "processed_ts"),),
    }


def render() -> None:
    st.title("Pipeline")
    st.caption("The last 24 hours. All times are UTC.")
    refreshed(_batches)
    refreshed(_freshness)
    refreshed(_lag)
    refreshed(_doubts)


def _batches() -> None:
    st.subheader("Micro-batches")
    with states.guarded():
        found = ask(BATCHES).dicts()
        if not found:
            st.info(
                "No micro-batch of Silver ended in the last 24 hours; type `ecom run silver`, or see `ecom status`."
            )
            return
        rows = pa.Table.from_pylist(_plotted(found))
        left, right = st.columns(2)
        with left:
            st.altair_chart(_by_batch(rows, "rows_in", "rows"), alt="Rows of each micro-batch over the last 24 hours")
        with right:
            st.altair_chart(_by_batch(rows, "seconds", "seconds"), alt="Seconds that each micro-batch took")
        with st.expander(f"The {min(len(found), 100):,} newest micro-batches"):
            st.dataframe(rows.slice(0, 100).drop_columns(["when"]), hide_index=True)


def _plotted(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Counts and seconds; no amount is among them."""
    return [
        {name: max(float(v), 0.1) if name == "seconds" else v for name, v in row.items()}
        | {"when": moment(row["finished_ts"])}
        for row in found
    ]


def _by_batch(rows: pa.Table, column: str, title: str) -> alt.Chart:
    """Logarithmic: micro-batches of ten rows and of a million stand in one picture."""
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_point(filled=True, size=40)
        .encode(
            x=alt.X("finished_ts:T", title="ended (UTC)", scale=_last_day(), axis=AXIS),
            y=alt.Y(f"{column}:Q", title=title, scale=alt.Scale(type="log"), axis=alt.Axis(format="~s", tickCount=4)),
            color=alt.Color("topic:N", title=None, legend=alt.Legend(orient="bottom")),
            shape=alt.Shape("topic:N", title=None),
            tooltip=["topic", "when", "rows_in", "seconds", "clean", "duplicate", "quarantined"],
        )
    )
    return chart


def _last_day() -> alt.Scale:
    now = datetime.now(UTC)
    return alt.Scale(type="utc", domain=[(now - timedelta(days=1)).isoformat(), now.isoformat()])


def _freshness() -> None:
    st.subheader("Freshness")
    with states.guarded():
        found, missing = _writes()
        for layer in LAYERS:
            if not any(name == layer for name, _, _ in found):
                why = "was never built" if layer in missing else "got no rows in the last 24 hours"
                st.info(f"{layer.capitalize()} {why}; `ecom status` says when each layer was last written.")
        if not found:
            return
        now = found[0][2]
        lines = ages(((layer, at) for layer, at, _ in found), now)
        rows = pa.Table.from_pylist([asdict(age) | {"when": moment(age.at)} for age in lines])
        st.altair_chart(_age_chart(rows), alt=_age_words(found, now))
        st.caption(
            "How old the newest rows of each layer were: the line grows with the clock and falls with each write."
        )


def _writes() -> tuple[list[tuple[Any, ...]], set[str]]:
    """(layer, latest write within each five minutes, now), and the layers whose tables are not there."""
    try:
        return ask(_writes_sql(writes())).rows, set()
    except EcomError as error:
        if not is_missing_table(error) or "gold" not in str(error).lower():
            raise
        return ask(_writes_sql({name: of for name, of in writes().items() if name != "gold"})).rows, {"gold"}


def _writes_sql(of: dict[str, tuple[tuple[str, str], ...]]) -> str:
    step = int(FINE.total_seconds())
    parts = [
        f"select '{layer}' as layer, max({column}) as at from {table} "
        f"where {column} > current_timestamp - interval '24' hour group by floor(to_unixtime({column}) / {step})"
        for layer, tables in of.items()
        for table, column in tables
    ]
    return f"select layer, at, current_timestamp as now from ({' union all '.join(parts)}) order by 1, 2"


def _age_chart(rows: pa.Table) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(rows)
        .mark_line()
        .encode(
            x=alt.X("at:T", title="UTC", scale=_last_day(), axis=AXIS),
            y=alt.Y("minutes:Q", title="minutes since the last write"),
            color=alt.Color("layer:N", title=None, sort=list(LAYERS), legend=alt.Legend(orient="bottom")),
            strokeDash=alt.StrokeDash("layer:N", title=None, sort=list(LAYERS)),
            tooltip=["layer", "when:N", alt.Tooltip("minutes:Q", format=",.1f")],
        )
    )
    return chart


def _age_words(found: list[tuple[Any, ...]], now: Any) -> str:
    latest = {layer: at for layer, at, _ in found}  # in order: the last one stays
    written = (f"{layer} {(now - at).total_seconds() / 60:,.0f} minutes ago" for layer, at in latest.items())
    return f"Age of each layer over the last 24 hours. Last written: {', '.join(written)}."


def _lag() -> None:
    st.subheader("Lag by partition")
    with states.guarded():
        ends = kafka.ends()
        if ends.value is None:
            st.warning(f"Kafka's side is not known. {escaped(str(ends.error))}", icon=":material/cloud_off:")
        bronze = _received()
        silver = {(topic, partition): end for topic, partition, end in ask(JUDGED).rows} if bronze else {}
        rows = [_lag_row(one) for one in waiting(ends.value, bronze, silver)]
        if not rows:
            st.info("Bronze has received nothing yet; type `ecom run bronze`.")
            return
        st.table(rows, border="horizontal", hide_index=True, alt="Offsets that wait, by partition")
        st.caption("Offsets; those of transactions' markers are counted too.")


def _doubts() -> None:
    st.subheader("Doubts")
    with states.guarded():
        found = doubts.latest()
        if found is None or found.value is None:
            st.info("Not looked for yet." if found is None or found.error is None else escaped(str(found.error)))
            return
        for sentence in found.value.sentences:
            st.markdown(f"- {escaped(sentence)}")
        st.caption(
            "What is counted and may not be meant: only the shop knows. docs/numbers.md says what each does."
            if found.value.sentences
            else "None: no repeated movement, no order paid or refunded beyond its total, no conflict."
        )


def _received() -> Position:
    bucket, ours = Bucket(lake.settings()), lake.settings()
    return {place: end for dataset in contracts() for place, end in received(ours, dataset, bucket).items()}


def _lag_row(one: Waiting) -> dict[str, str]:
    return {
        "Partition": verbatim(f"{one.topic}-{one.partition}"),
        "Waiting for Bronze": _number(one.for_bronze),
        "Waiting for Silver": _number(one.for_silver),
        "Kafka's end": _number(one.kafka_end),
        "Bronze's end": _number(one.bronze_end),
    }


def _number(count: int | None) -> str:
    return "not known" if count is None else f"{count:,}"
