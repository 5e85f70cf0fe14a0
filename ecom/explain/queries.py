"""The questions about one order id, as SQL with its parameters. What a reader typed is a parameter, never SQL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ecom.explain.model import Place
from ecom.lake.tables import SUBJECTS
from ecom.lake.trino import literal

Question = tuple[str, tuple[Any, ...]]
MOST = 1_000  # rows of a question
MESSAGE = "substr(raw_value, 1, 1000)"
PLACE = 'topic, "partition", "offset"'
STATE = (
    "order_id, user_id, status, currency, total_amount, paid_amount, refunded_amount, other_currency_payments, "
    "order_ts, order_minute, last_payment_ts, event_ts, event_count, updated_ts"
)
CLEAN = {
    "orders": "total_amount as amount, cast(null as varchar) as payment_id, cast(null as varchar) as method",
    "payments": "amount, payment_id, method",
}
JUDGED = (
    f"verdict, subject, {PLACE}, order_id, event_id, status, currency, amount, payment_id, method, event_ts, "
    "event_date, ingest_ts, kafka_timestamp, raw_key, message, reasons"
)
BETWEEN = timedelta(hours=1)  # longer than between what a job sees of a table and what it notes; clocks differ
NO_REASONS = "cast(null as array(row(field varchar, rule varchar, found varchar)))"


def json_path(path: Iterable[str]) -> str:
    """Keys from the message's top level, as Trino's JSON functions take them."""
    quoted = (key.replace("\\", "\\\\").replace('"', '\\"') for key in path)
    return "$" + "".join(f'["{key}"]' for key in quoted)


def state(order_id: str) -> Question:
    return f"select {STATE} from silver.order_state where order_id = ?", (order_id,)


@dataclass(frozen=True)
class Within:
    """Where accepted events of one order can lie: on `days` those that order_state knows, in files that were written
    after `written_after` those that it does not know yet. None: there are none of these."""

    days: tuple[date, date] | None
    written_after: datetime | None


def judged(order_id: str, paths: Mapping[str, str], within: Within | None) -> Question:
    """Accepted events of the order, and quarantined records whose key or message names it. `paths`: subject to JSON
    path of the order id. `within` spares Trino the other files of the clean tables; None: all of them."""
    parts, params = [], list[Any]()
    for subject in SUBJECTS:
        for more, values in _where(within):
            parts.append(f"{_accepted(subject)} where order_id = ?{more}")
            params += [order_id, *values]
        parts.append(_quarantined(subject, paths[subject]))
        params += [order_id] * 2
    # Named here: which part comes first, and would name them, is not always the same.
    return f"select * from ({' union all '.join(parts)}) as found ({JUDGED}) limit {MOST}", tuple(params)


def _where(within: Within | None) -> list[tuple[str, tuple[Any, ...]]]:
    if within is None:
        return [("", ())]
    parts: list[tuple[str, tuple[Any, ...]]] = []
    if within.days:
        parts.append((" and event_date between ? and ?", within.days))
    if within.written_after:
        new = ' and "$file_modified_time" > cast(? as timestamp(3) with time zone)'
        parts.append((new, (within.written_after,)))
    return parts


def _accepted(subject: str) -> str:
    return f"""select 'accepted' as verdict, '{subject}' as subject, {PLACE}, order_id, event_id, status, currency,
        {CLEAN[subject]}, event_ts, event_date, ingest_ts,
        cast(null as timestamp(3) with time zone) as kafka_timestamp, cast(null as varchar) as raw_key,
        cast(null as varchar) as message, {NO_REASONS} as reasons
        from silver.{subject}_clean"""


def _quarantined(subject: str, path: str) -> str:
    said = _said(path)
    nothing = ", ".join("cast(null as varchar)" for _ in ("event_id", "status", "currency"))
    return f"""select 'quarantined', '{subject}', {PLACE}, {said}, {nothing}, cast(null as decimal(20, 4)),
        cast(null as varchar), cast(null as varchar), cast(null as timestamp(3) with time zone), cast(null as date),
        cast(null as timestamp(3) with time zone), kafka_timestamp, raw_key, {MESSAGE},
        cast(reasons as array(row(field varchar, rule varchar, found varchar)))
        from silver.{subject}_quarantine where raw_key = ? or {said} = ?"""


def _said(path: str) -> str:
    """The order id that a message names; null where it is no JSON or names none."""
    return f"json_extract_scalar(raw_value, {literal(path)})"


def received(order_id: str, paths: Mapping[str, str]) -> Question:
    """Bronze by the Kafka key."""
    parts = [_raw(subject, paths[subject]) + " where raw_key = ?" for subject in SUBJECTS]
    return f"{' union all '.join(parts)} limit {MOST}", (order_id,) * len(parts)


def received_at(places: Iterable[Place], paths: Mapping[str, str]) -> Question:
    """Bronze by place."""
    parts = [f'{_raw(subject, paths[subject])} where "offset" in ({_offsets(places)})' for subject in SUBJECTS]
    return " union all ".join(parts), ()


@dataclass(frozen=True)
class Judged:
    """How far Silver is with a subject: by topic and partition the offset after the last one judged, and when its last
    micro-batch began. What Bronze had received long before that is judged, of whatever partition."""

    ends: Mapping[tuple[str, int], int]
    began: datetime


def unjudged(judged: Mapping[str, Judged]) -> Question:
    """How many records of Bronze Silver has not come to, by subject (`judged` too). It reads no message."""
    parts, params = [], list[Any]()
    for subject in SUBJECTS:
        where, values = _past(judged.get(subject))
        parts.append(f"select '{subject}' as subject, count(*) as records from bronze_raw.{subject}_raw where {where}")
        params += values
    return " union all ".join(parts), tuple(params)


def past(judged: Mapping[str, Judged], subjects: Iterable[str], order_id: str, paths: Mapping[str, str]) -> Question:
    """Records of Bronze that Silver has not come to, and whose message names the order."""
    parts, params = [], list[Any]()
    for subject in subjects:
        where, values = _past(judged.get(subject))
        parts.append(f"{_raw(subject, paths[subject])} where {where} and {_said(paths[subject])} = ?")
        params += [*values, order_id]
    return f"{' union all '.join(parts)} limit {MOST}", tuple(params)


def _past(judged: Judged | None) -> tuple[str, list[Any]]:
    """The plain bound leaves files out; then each partition has an end of its own."""
    if judged is None:
        return "true", []
    at = " ".join(f'when topic = {literal(t)} and "partition" = {p} then {end}' for (t, p), end in judged.ends.items())
    where = f'ingest_ts > cast(? as timestamp(3) with time zone) and "offset" >= (case {at} else 0 end)'
    return where, [judged.began - BETWEEN]


def _raw(subject: str, path: str) -> str:
    return f"""select '{subject}' as subject, {PLACE}, raw_key, kafka_timestamp, ingest_ts, {MESSAGE} as message,
        {_said(path)} as order_id from bronze_raw.{subject}_raw"""


def totals() -> Question:
    """Rows of whole tables, which Trino knows without reading them, and the events that order_state counts."""
    tables = {
        "received": "bronze_raw.{}_raw",
        "accepted": "silver.{}_clean",
        "repeated": "silver.{}_duplicates",
        "refused": "silver.{}_quarantine",
    }
    sums = (
        " + ".join(f"(select count(*) from {table.format(subject)})" for subject in SUBJECTS) + f" as {name}"
        for name, table in tables.items()
    )
    counted = "coalesce((select sum(event_count) from silver.order_state), 0) as counted"
    return f"select {', '.join(sums)}, {counted}", ()


def ends() -> Question:
    """By topic and partition, how far Silver's finished micro-batches came, and when the last began."""
    columns = 'topic, "partition", max(last_offset) + 1 as "end", max(started_ts) as began'
    parts = [
        f"select '{subject}' as subject, {columns} from ops.{subject}_ledger group by topic, \"partition\""
        for subject in SUBJECTS
    ]
    return " union all ".join(parts), ()


def duplicates(first: Iterable[Place]) -> Question:
    """Repeats of the records at these places."""
    return _duplicates("first_offset", first)


def duplicates_at(places: Iterable[Place]) -> Question:
    return _duplicates('"offset"', places)


def _duplicates(column: str, places: Iterable[Place]) -> Question:
    columns = f"{PLACE}, event_id, first_topic, first_partition, first_offset"
    where = f"where {column} in ({_offsets(places)})"
    parts = [
        f"select '{subject}' as subject, {columns} from silver.{subject}_duplicates {where}" for subject in SUBJECTS
    ]
    return " union all ".join(parts), ()


def accepted_at(places: Iterable[Place]) -> Question:
    parts = [f'{_accepted(subject)} where "offset" in ({_offsets(places)})' for subject in SUBJECTS]
    return f"select * from ({' union all '.join(parts)}) as found ({JUDGED})", ()


def _offsets(places: Iterable[Place]) -> str:
    """Of all partitions: records of others with the same offset come along, and are left out by who asked."""
    return ", ".join(str(offset) for offset in sorted({place.offset for place in places}))


def gold_builds() -> Question:
    """By generation of order_state, the version that Gold was last built from; and the present generation. A build
    that only takes minutes away leaves its version in sales_builds alone."""
    return (
        """
        select source_generation, max(source_version) as version,
            (select max(value) from silver."order_state$properties" where key = 'ecom.generation') as generation
        from (
            select source_generation, source_version from gold.fct_sales_minute
            union all select source_generation, source_version from gold_audit.sales_builds
        ) group by 1 """,
        (),
    )


def commits(since: int) -> Question:
    """Of order_state, newest first. The bound spares Trino the older part of the log."""
    history = 'silver."order_state$history"'
    return f'select version, "timestamp" as at, operation from {history} where version >= {since} order by 1 desc', ()


def state_as_of(version: int, order_id: str) -> Question:
    return f"select {STATE} from silver.order_state for version as of {version} where order_id = ?", (order_id,)


def sales_minute(minute: datetime, currency: str) -> Question:
    return (
        """
        select minute_bucket, currency, gmv, refunded_amount, net_sales, paid_orders from gold.fct_sales_minute
        where minute_bucket = cast(? as timestamp(3) with time zone) and currency = ?""",
        (minute, currency),
    )
