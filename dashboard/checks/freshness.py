"""How old the newest data is, and how far each layer lags behind the one before it."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboard.checks.dbt_build import last_build
from dashboard.lake import settings
from dashboard.probe import Probe
from dashboard.trust import Level, Part
from dashboard.words import counted, span
from ecom.base.errors import EcomError
from ecom.trust.freshness import Layer, Layers, layers

TITLE = "Freshness"
EVERY_S = 5.0
FIRST_WAIT_S = 6.0
# As dbt's source freshness (dbt_project/models/sources/).
OLD, TOO_OLD = timedelta(hours=1), timedelta(hours=24)
# Airflow runs Silver every five minutes, and Gold after it.
LAGS, LAGS_FAR = timedelta(minutes=15), timedelta(hours=1)


def look() -> Part:
    found = _probe().latest(FIRST_WAIT_S, renewed=True)
    if found is None:
        return Part(TITLE, Level.LOOK, "being looked at", ("The tables' logs have not answered yet.",))
    if found.value is None:
        raise found.error or EcomError("How fresh the layers are could not be found out")
    return judge(found.value, last_build().built, datetime.now(UTC))


@st.cache_resource(show_spinner=False)
def _probe() -> Probe[Layers]:
    ours = settings()
    return Probe(lambda: layers(ours), EVERY_S)


def judge(found: Layers, built: datetime | None, now: datetime) -> Part:
    """`built`: when the last good build of Gold began."""
    gold_since = found.derived if found.derived and (built is None or found.derived > built) else None
    lags = (" ".join((_bronze(found.bronze), _silver(found.silver, now), _gold(gold_since, now))),)
    if found.bronze.written is None:
        return Part(TITLE, Level.LOOK, "nothing there yet", ("Type `ecom run all`.",))
    age = now - found.bronze.written
    waited = max((now - at for at in (found.silver.since, gold_since) if at), default=None)
    level = max(_level(age, OLD, TOO_OLD), _level(waited, LAGS, LAGS_FAR), key=list(Level).index)
    if found.bronze.behind != 0 and level is Level.GOOD:
        level = Level.LOOK if found.bronze.behind is None or age > timedelta(minutes=1) else level
    return Part(TITLE, level, f"newest data is {span(age)} old", lags)


def _level(waited: timedelta | None, look: timedelta, wrong: timedelta) -> Level:
    if waited is None or waited <= look:
        return Level.GOOD
    return Level.LOOK if waited <= wrong else Level.WRONG


def _bronze(layer: Layer) -> str:
    if layer.behind is None:
        return "Bronze: Kafka does not answer."
    if not layer.behind:
        return "Bronze: up to date."
    held = f", {layer.held_back:,} of them in an open transaction" if layer.held_back else ""
    return f"Bronze: {counted(layer.behind, 'offset')} behind Kafka{held}."


def _silver(layer: Layer, now: datetime) -> str:
    if not layer.since:
        return "Silver: up to date."
    waiting = f"{counted(layer.behind, 'record')} wait" if layer.behind else "order state is behind"
    return f"Silver: {waiting} for {span(now - layer.since)}."


def _gold(since: datetime | None, now: datetime) -> str:
    return f"Gold: {span(now - since)} behind." if since else "Gold: up to date."
