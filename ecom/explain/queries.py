"""The questions about one order id, as SQL with its parameters. What a reader typed is a parameter, never SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from ecom.contracts import seeds
from ecom.contracts.model import Contract
from ecom.explain.model import Place
from ecom.lake.trino import literal

COUNTED = (seeds.ORDERS, seeds.PAYMENTS)  # what order_state is made of
Question = tuple[str, tuple[Any, ...]]
MOST = 1_000  # rows of a question
MESSAGE = "substr(raw_value, 1, 1000)"
PLACE = 'topic, "partition", "offset"'
STATE = (
    "order_id, user_id, status, currency, total_amount, paid_amount, refunded_amount, other_currency_payments, "
    "order_ts, order_minute, last_payment_ts, event_ts, event_count, updated_ts, repeated_movements, is_uncertain"
)
JUDGED = (
    f"verdict, subject, {PLACE}, order_id, event_id, status, currency, amount, payment_id, method, other_topic, "
    "other_partition, other_offset, event_ts, event_date, ingest_ts, kafka_timestamp, raw_key, message, reasons"
)
BETWEEN = timedelta(hours=1)  # longer than between what a job sees of a table and what it notes; clocks differ
NO_REASONS = "cast(null as array(row(field varchar, rule varchar, found varchar)))"


def json_path(path: Iterable[str]) -> str:
    """Keys from the message's top level, as Trino's JSON functions take them."""
    quoted = (key.replace("\\", "\\\\").replace('"', '\\"') for key in path)
    return "$" + "".join(f'["{key}"]' for key in quoted)


@dataclass(frozen=True)
class Searched:
    """How one dataset is searched for an id: the `column` of its clean table, the JSON `path` in its messages. `shown`
    gives the columns that an event is shown with, as SQL: those that the contract lacks are null. `is_counted`:
    order_state is made of it, and knows on which days an order's events lie."""

    dataset: str
    column: str
    path: str
    shown: str
    is_counted: bool = True


Datasets = Sequence[Searched]


def searched(contract: Contract) -> Searched:
    """By the contract: its search column, and what it has of status, amount and the like."""
    column = contract.search_column
    field = contract.field(column)
    path, is_counted = json_path((field.keys if field else None) or (column,)), contract.dataset in COUNTED
    return Searched(contract.dataset, column, path, _shown(contract), is_counted)


def _shown(contract: Contract) -> str:
    columns = contract.columns
    amounts = [field.name for field in contract.fields if field.unit]
    texts = ("status", "currency", "payment_id", "method")
    found = {name: name if columns.get(name) == "string" else "cast(null as varchar)" for name in texts}
    amount = amounts[0] if amounts else "cast(null as decimal(20, 4))"
    conflict = 'conflicts_with.topic as other_topic, conflicts_with."partition" as other_partition, '
    conflict += 'conflicts_with."offset" as other_offset'
    return f"""{found["status"]} as status, {found["currency"]} as currency, {amount} as amount,
        {found["payment_id"]} as payment_id, {found["method"]} as method, {conflict}"""


def state(order_id: str) -> Question:
    return f"select {STATE} from silver.order_state where order_id = ?", (order_id,)


@dataclass(frozen=True)
class Within:
    """Where accepted events of one order can lie: on `days` those that order_state knows, in files that were written
    after `written_after` those that it does not know yet. None: there are none of these."""

    days: tuple[date, date] | None
    written_after: datetime | None


def judged(order_id: str, datasets: Datasets, within: Within | None) -> Question:
    """Accepted events of the order, and quarantined records whose key or message names it. `within` spares Trino the
    other files of the clean tables; None: all of them."""
    parts, params = [], list[Any]()
    for one in datasets:
        for more, values in _where(within if one.is_counted else None):
            parts.append(f"{_accepted(one)} where {one.column} = ?{more}")
            params += [order_id, *values]
        parts.append(_quarantined(one))
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


def _accepted(one: Searched) -> str:
    return f"""select 'accepted' as verdict, '{one.dataset}' as subject, {PLACE}, {one.column} as order_id, event_id,
        {one.shown}, event_ts, event_date, ingest_ts,
        cast(null as timestamp(3) with time zone) as kafka_timestamp, cast(null as varchar) as raw_key,
        cast(null as varchar) as message, {NO_REASONS} as reasons
        from silver.{one.dataset}_clean"""


def _quarantined(one: Searched) -> str:
    named, text = _order_id_in_message(one.path), "cast(null as varchar)"
    return f"""select 'quarantined', '{one.dataset}', {PLACE}, {named}, {text}, {text}, {text},
        cast(null as decimal(20, 4)), {text}, {text}, {text}, cast(null as integer), cast(null as bigint),
        cast(null as timestamp(3) with time zone), cast(null as date), cast(null as timestamp(3) with time zone),
        kafka_timestamp, raw_key, {MESSAGE}, cast(reasons as array(row(field varchar, rule varchar, found varchar)))
        from silver.{one.dataset}_quarantine where raw_key = ? or {named} = ?"""


def _order_id_in_message(path: str) -> str:
    """The order id that a message names; null where it is no JSON or names none."""
    return f"json_extract_scalar(raw_value, {literal(path)})"


def received(order_id: str, datasets: Datasets) -> Question:
    """Bronze by the Kafka key."""
    parts = [_raw(one) + " where raw_key = ?" for one in datasets]
    return f"{' union all '.join(parts)} limit {MOST}", (order_id,) * len(parts)


def received_at(places: Iterable[Place], datasets: Datasets) -> Question:
    """Bronze by place."""
    parts = [f'{_raw(one)} where "offset" in ({_offsets(places)})' for one in datasets]
    return " union all ".join(parts), ()


@dataclass(frozen=True)
class Judged:
    """How far Silver is with a dataset: by topic and partition the offset after the last one judged, and when its last
    micro-batch began. What Bronze had received long before that is judged, of whatever partition."""

    ends: Mapping[tuple[str, int], int]
    began: datetime


def unjudged(judged: Mapping[str, Judged], datasets: Datasets) -> Question:
    """How many records of Bronze Silver has not come to, by dataset (`judged` too). It reads no message."""
    parts, params = [], list[Any]()
    for one in datasets:
        where, values = _past(judged.get(one.dataset))
        count = f"select '{one.dataset}' as subject, count(*) as records from bronze_raw.{one.dataset}_raw"
        parts.append(f"{count} where {where}")
        params += values
    return " union all ".join(parts), tuple(params)


def past(judged: Mapping[str, Judged], datasets: Datasets, order_id: str) -> Question:
    """Records of Bronze that Silver has not come to, and whose message names the order."""
    parts, params = [], list[Any]()
    for one in datasets:
        where, values = _past(judged.get(one.dataset))
        parts.append(f"{_raw(one)} where {where} and {_order_id_in_message(one.path)} = ?")
        params += [*values, order_id]
    return f"{' union all '.join(parts)} limit {MOST}", tuple(params)


def _past(judged: Judged | None) -> tuple[str, list[Any]]:
    """The plain bound leaves files out; then each partition has an end of its own."""
    if judged is None:
        return "true", []
    at = " ".join(f'when topic = {literal(t)} and "partition" = {p} then {end}' for (t, p), end in judged.ends.items())
    where = f'ingest_ts > cast(? as timestamp(3) with time zone) and "offset" >= (case {at} else 0 end)'
    return where, [judged.began - BETWEEN]


def _raw(one: Searched) -> str:
    return f"""select '{one.dataset}' as subject, {PLACE}, raw_key, kafka_timestamp, ingest_ts, {MESSAGE} as message,
        {_order_id_in_message(one.path)} as order_id from bronze_raw.{one.dataset}_raw"""


def totals(datasets: Datasets) -> Question:
    """Rows of whole tables, which Trino knows without reading them, and the events that order_state counts."""
    tables = {
        "received": "bronze_raw.{}_raw",
        "accepted": "silver.{}_clean",
        "repeated": "silver.{}_duplicates",
        "refused": "silver.{}_quarantine",
    }
    sums = [f"{_rows_of(table, datasets)} as {name}" for name, table in tables.items()]
    countable = _rows_of(tables["accepted"], [one for one in datasets if one.is_counted])
    counted = "coalesce((select sum(event_count) from silver.order_state), 0) as counted"
    return f"select {', '.join(sums)}, {countable} as countable, {counted}", ()


def _rows_of(table: str, datasets: Datasets) -> str:
    return " + ".join(f"(select count(*) from {table.format(one.dataset)})" for one in datasets) or "0"


def ends(datasets: Datasets) -> Question:
    """By topic and partition, how far Silver's finished micro-batches came, and when the last began."""
    columns = 'topic, "partition", max(last_offset) + 1 as "end", max(started_ts) as began'
    parts = [
        f"select '{one.dataset}' as subject, {columns} from ops.{one.dataset}_ledger group by topic, \"partition\""
        for one in datasets
    ]
    return " union all ".join(parts), ()


def duplicates(first: Iterable[Place], datasets: Datasets) -> Question:
    """Repeats of the records at these places."""
    return _duplicates("first_offset", first, datasets)


def duplicates_at(places: Iterable[Place], datasets: Datasets) -> Question:
    return _duplicates('"offset"', places, datasets)


def _duplicates(column: str, places: Iterable[Place], datasets: Datasets) -> Question:
    columns = f"{PLACE}, event_id, first_topic, first_partition, first_offset"
    where = f"where {column} in ({_offsets(places)})"
    parts = [
        f"select '{one.dataset}' as subject, {columns} from silver.{one.dataset}_duplicates {where}" for one in datasets
    ]
    return " union all ".join(parts), ()


def accepted_at(places: Iterable[Place], datasets: Datasets) -> Question:
    parts = [f'{_accepted(one)} where "offset" in ({_offsets(places)})' for one in datasets]
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
