"""How old the newest data is, and how far each layer lags behind the one before it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.checks import kafka
from dashboard.checks.dbt_build import last_build
from dashboard.lake import UNHURRIED_S, ask
from dashboard.trust import Level, Part
from dashboard.words import counted, span
from ecom.base.errors import EcomError
from ecom.lake.commit_note import Position
from ecom.lake.delta_log import WITHOUT_DATA
from ecom.lake.trino import is_missing_table, literal

TITLE = "Freshness"
# As dbt's source freshness (dbt_project/models/sources.yml).
OLD, TOO_OLD = timedelta(hours=1), timedelta(hours=24)
# Airflow runs Silver every five minutes, and Gold after it.
LAGS, LAGS_FAR = timedelta(minutes=15), timedelta(hours=1)

# `ingest_ts` prunes files: the cost follows what is new. The ledger stands first, as in the account.
LAYERS = """
with reached as (
    select topic, "partition", max(last_offset) as last_offset, max(if(clean > 0, finished_ts)) as accepted_ts
    from ops.batch_ledger
    group by 1, 2
),
received as (
    select topic, "partition", "offset", ingest_ts
    from bronze_raw.orders_raw
    where ingest_ts > cast(? as timestamp(3) with time zone)
    union all
    select topic, "partition", "offset", ingest_ts
    from bronze_raw.payments_raw
    where ingest_ts > cast(? as timestamp(3) with time zone)
),
placed as (
    select
        topic, "partition", received."offset", received.ingest_ts,
        coalesce(reached.last_offset, -1) as last_offset, reached.accepted_ts
    from reached
    full outer join received using (topic, "partition")
)
select
    topic,
    "partition",
    max(last_offset) + 1,
    min("offset"),
    max("offset") + 1,
    max(ingest_ts),
    count_if("offset" > last_offset),
    min(if("offset" > last_offset, ingest_ts)),
    max(accepted_ts)
from placed
group by 1, 2
"""
# What was written before is looked for only where something may have waited for longer, or nothing is younger.
LOOKS_BACK = (timedelta(hours=2), timedelta(days=2), None)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
WIDE_S = 60.0
# The order state's last commit that changed a row. Gold names the version that its newest row comes from, so only
# commits since are read; an old answer makes them a few more.
GOLD_VERSION = "select coalesce(max(source_version), 0) from gold.fct_sales_minute"
STATE_CHANGED = f"""
select max("timestamp")
from silver."order_state$history"
where version >= {{version}} and operation not in ({", ".join(map(literal, WITHOUT_DATA))})
"""


@dataclass(frozen=True)
class Place:
    """A partition, as seen in what Bronze received since some time. Ends are the offset after the last one; of what
    was not received, or does not wait for Silver, the fields are None."""

    judged_end: int
    first: int | None
    end: int | None
    newest: datetime | None
    waiting: int
    waits_since: datetime | None
    accepted: datetime | None  # when Silver last accepted any


Places = dict[tuple[str, int], Place]


@dataclass(frozen=True)
class Layers:
    """`…_since`: since when something waits for the layer to take it; None: nothing waits."""

    newest: datetime | None
    bronze_behind: int | None  # offsets; None: Kafka does not answer
    silver_behind: int = 0  # records of Bronze without a verdict
    silver_since: datetime | None = None
    state_since: datetime | None = None
    gold_since: datetime | None = None


def look() -> Part:
    now = datetime.now(UTC)
    return judge(layers(now), now)


def layers(now: datetime) -> Layers:
    ends = kafka.ends().value
    for back in LOOKS_BACK:
        since = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0) - back if back else LONG_AGO
        rows = ask(LAYERS, (since,) * 2, at_most=UNHURRIED_S if back == LOOKS_BACK[0] else WIDE_S).rows
        places = {(topic, partition): Place(*rest) for topic, partition, *rest in rows}
        if back is None or sees_all(places, ends):
            break
    if not any(place.newest for place in places.values()):
        return Layers(newest=None, bronze_behind=bronze_behind(ends, places))
    accepted = max((place.accepted for place in places.values() if place.accepted), default=None)
    changed = _state_changed()
    return Layers(
        newest=max(place.newest for place in places.values() if place.newest),
        bronze_behind=bronze_behind(ends, places),
        silver_behind=sum(place.waiting for place in places.values()),
        silver_since=min((place.waits_since for place in places.values() if place.waits_since), default=None),
        state_since=accepted if accepted and (changed is None or accepted > changed) else None,
        gold_since=_gold_since(changed),
    )


def sees_all(places: Places, ends: Position | None) -> bool:
    """What waits, and each partition's end, was received no earlier than the look went back: of each partition it shows
    an offset that Silver has judged, or the next one; or else Kafka has no more of it than was judged."""
    if ends is None or not any(place.newest for place in places.values()):
        return False
    nothing = Place(0, None, None, None, 0, None, None)
    for at in {*ends, *places}:
        place = places.get(at, nothing)
        if place.judged_end < (ends.get(at, 0) if place.first is None else place.first):
            return False
    return True


def bronze_behind(ends: Position | None, places: Places) -> int | None:
    """Offsets of Kafka's log that Bronze lacks. It has what Silver judged, also of a partition that is quiet now."""
    if ends is None:
        return None
    received = {at: max(place.end or 0, place.judged_end) for at, place in places.items()}
    return sum(max(end - received.get(at, 0), 0) for at, end in ends.items())


def _state_changed() -> datetime | None:
    """When the order state last changed."""
    try:
        version = ask(GOLD_VERSION, at_most=WIDE_S, behind=True).scalar()
    except EcomError as error:
        if not is_missing_table(error):
            raise
        version = 0  # dbt has not run yet
    changed: datetime | None = ask(STATE_CHANGED.format(version=int(version)), at_most=UNHURRIED_S).scalar()
    return changed


def _gold_since(changed: datetime | None) -> datetime | None:
    """When the order state changed after the last good build of Gold had begun."""
    built = last_build().built
    return changed if changed and (built is None or changed > built) else None


def judge(found: Layers, now: datetime) -> Part:
    lags = _lags(found, now)
    if found.newest is None:
        return Part(TITLE, Level.LOOK, "no data yet", tuple(lags))
    age = now - found.newest
    waited = max((now - at for at in (found.silver_since, found.state_since, found.gold_since) if at), default=None)
    level = max(_level(age, OLD, TOO_OLD), _level(waited, LAGS, LAGS_FAR), key=list(Level).index)
    if found.bronze_behind != 0 and level is Level.GOOD:
        level = Level.LOOK if found.bronze_behind is None or age > timedelta(minutes=1) else level
    return Part(TITLE, level, f"newest data is {span(age)} old", tuple(lags))


def _level(waited: timedelta | None, look: timedelta, wrong: timedelta) -> Level:
    if waited is None or waited <= look:
        return Level.GOOD
    return Level.LOOK if waited <= wrong else Level.WRONG


def _lags(found: Layers, now: datetime) -> list[str]:
    bronze = f"{counted(found.bronze_behind, 'offset')} behind Kafka" if found.bronze_behind else "up to date"
    bronze = "Kafka does not answer" if found.bronze_behind is None else bronze
    silver = f"{counted(found.silver_behind, 'record')} wait" if found.silver_behind else "up to date"
    if found.silver_since:
        silver += f" for {span(now - found.silver_since)}"
    elif found.state_since:
        silver = f"order state {span(now - found.state_since)} behind"
    gold = f"{span(now - found.gold_since)} behind" if found.gold_since else "up to date"
    return [f"Bronze: {bronze}. Silver: {silver}. Gold: {gold}."]
