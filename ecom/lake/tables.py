"""The lake's tables that Spark writes: where each is, and its columns.

Each table has one writer: what both Silver jobs write is one table a subject, joined by a Trino view.
"""

from dataclasses import dataclass, field

from ecom.base.settings import Settings

SUBJECTS = ("orders", "payments")
MONEY = "decimal(20,4)"
MONEY_SUM = "decimal(38,4)"
ITEMS = (
    f"array<struct<product_id: string, product_name: string, category: string, quantity: bigint, unit_price: {MONEY}>>"
)
GENERATION = "ecom.generation"

# A stream commits every few seconds, and Delta on S3 lists the whole log at each commit: at 16,000 objects an append
# takes 10 s. Silver reads all of Bronze again where it was away for longer; VACUUM has its own retention.
SHORT_LOG = {
    "delta.logRetentionDuration": "interval 1 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
}

_PLACE = "topic string, partition int, offset bigint"
_RAW = (
    "raw_key string, raw_value string, raw_bytes binary, headers array<struct<key: string, value: binary>>, "
    f"{_PLACE}, kafka_timestamp timestamp, ingest_ts timestamp"
)
_QUARANTINE = (
    f"{_PLACE}, kafka_timestamp timestamp, raw_key string, raw_value string, raw_bytes binary, "
    "reasons array<struct<field: string, rule: string, found: string>>, "
    "contract_version string, quarantined_ts timestamp"
)
_DUPLICATES = (
    f"{_PLACE}, event_id string, first_topic string, first_partition int, first_offset bigint, duplicate_ts timestamp"
)
_LEDGER = (
    "batch_id bigint, checkpoint_id string, topic string, partition int, first_offset bigint, last_offset bigint, "
    "rows_in bigint, clean bigint, duplicate bigint, quarantined bigint, started_ts timestamp, finished_ts timestamp"
)
_CLEAN = {
    "orders": f"event_id string, order_id string, user_id string, items {ITEMS}, currency string, "
    f"total_amount {MONEY}, status string, event_ts timestamp, event_date date, {_PLACE}, ingest_ts timestamp",
    "payments": f"event_id string, payment_id string, order_id string, amount {MONEY}, currency string, "
    f"status string, method string, event_ts timestamp, event_date date, {_PLACE}, ingest_ts timestamp",
}
_ORDER_STATE = (
    f"order_id string, user_id string, status string, currency string, total_amount {MONEY}, items {ITEMS}, "
    f"order_ts timestamp, order_minute timestamp, paid_amount {MONEY_SUM}, refunded_amount {MONEY_SUM}, "
    "other_currency_payments bigint, last_payment_ts timestamp, event_ts timestamp, event_count bigint, "
    "updated_ts timestamp, order_month date"
)


@dataclass(frozen=True)
class Table:
    """A Delta table: `schema.name` in Trino, its columns as DDL, and its partition columns."""

    schema: str
    name: str
    columns: str
    partitioned_by: tuple[str, ...] = ()
    properties: dict[str, str] = field(default_factory=dict, compare=False)

    def path(self, settings: Settings) -> str:
        """For Spark; Trino knows the same place as `s3://`."""
        return f"{lake_root(settings)}/{self.schema}/{self.name}"

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def lake_root(settings: Settings) -> str:
    return settings.lakehouse_uri.replace("s3://", "s3a://", 1)


def raw(subject: str) -> Table:
    return Table("bronze_raw", f"{subject}_raw", _RAW, properties=SHORT_LOG)


def clean(subject: str) -> Table:
    return Table("silver", f"{subject}_clean", _CLEAN[subject], ("event_date",))


def quarantine(subject: str) -> Table:
    return Table("silver", f"{subject}_quarantine", _QUARANTINE)


def duplicates(subject: str) -> Table:
    return Table("silver", f"{subject}_duplicates", _DUPLICATES)


def ledger(subject: str) -> Table:
    return Table("ops", f"{subject}_ledger", _LEDGER)


ORDER_STATE = Table(
    "silver",
    "order_state",
    _ORDER_STATE,
    ("order_month",),
    {"delta.enableChangeDataFeed": "true", "delta.enableDeletionVectors": "true"},
)


def all_tables() -> list[Table]:
    of_subject = [make(subject) for make in (raw, clean, quarantine, duplicates, ledger) for subject in SUBJECTS]
    return [*of_subject, ORDER_STATE]


def judged(subject: str) -> dict[str, Table]:
    """Verdict to the table that holds the records of which Silver said so."""
    return {"clean": clean(subject), "duplicate": duplicates(subject), "quarantined": quarantine(subject)}
