"""How old the newest data is, and how far each layer lags behind the one before it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dashboard.checks import kafka
from dashboard.checks.dbt_build import last_build
from dashboard.lake import ask
from dashboard.trust import Level, Part
from dashboard.words import counted, span
from ecom.commit_note import Position
from ecom.delta_log import WITHOUT_DATA
from ecom.errors import EcomError
from ecom.trino_client import is_missing_table, literal

TITLE = "Freshness"
RECENT = timedelta(days=2)  # what was written before is looked for only where nothing is younger
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
)
select
    received.topic,
    received."partition",
    max(received."offset") + 1,
    max(received.ingest_ts),
    count_if(received."offset" > coalesce(reached.last_offset, -1)),
    min(if(received."offset" > coalesce(reached.last_offset, -1), received.ingest_ts)),
    (select max(accepted_ts) from reached),
    (select max(updated_ts) from silver.order_state where updated_ts > cast(? as timestamp(3) with time zone))
from received
left join reached on received.topic = reached.topic and received."partition" = reached."partition"
group by 1, 2
"""
# The order state's last commit that changed a row. Gold names the version that its newest row comes from, so only
# commits since are read.
GOLD_VERSION = "select coalesce(max(source_version), 0) from gold.fct_sales_minute"
STATE_CHANGED = f"""
select max("timestamp")
from silver."order_state$history"
where version >= {{version}} and operation not in ({", ".join(map(literal, WITHOUT_DATA))})
"""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


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
    since = now.replace(minute=0, second=0, microsecond=0) - RECENT
    rows = ask(LAYERS, (since, since, since)).rows or ask(LAYERS, (LONG_AGO,) * 3, at_most=60).rows
    if not rows:
        return Layers(newest=None, bronze_behind=_bronze_behind({}))
    accepted, updated = rows[0][6:]
    return Layers(
        newest=max(row[3] for row in rows),
        bronze_behind=_bronze_behind({(topic, partition): end for topic, partition, end, *_ in rows}),
        silver_behind=sum(row[4] for row in rows),
        silver_since=min((row[5] for row in rows if row[5]), default=None),
        state_since=accepted if accepted and (updated is None or accepted > updated) else None,
        gold_since=_gold_since(),
    )


def _bronze_behind(received: Position) -> int | None:
    ends = kafka.ends().value
    return None if ends is None else sum(max(end - received.get(place, 0), 0) for place, end in ends.items())


def _gold_since() -> datetime | None:
    """When the order state changed after the last good build of Gold had begun."""
    try:
        built, version = last_build().built, ask(GOLD_VERSION).scalar()
    except EcomError as error:
        if not is_missing_table(error):
            raise
        built, version = None, 0  # dbt has not run yet
    changed: datetime | None = ask(STATE_CHANGED.format(version=int(version))).scalar()
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
