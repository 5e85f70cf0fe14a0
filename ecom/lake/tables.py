"""The lake's tables that Spark writes: where each is, and its columns. A dataset's come from its contract.

Each table has one writer: what two jobs write is one table a dataset, joined by a Trino view.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ecom.base.settings import Settings
from ecom.contracts.model import Contract

VERDICTS = ("clean", "duplicate", "quarantined")
GENERATION = "ecom.generation"
REVISION = "ecom.revision"  # of what computes a derived table
MONEY_SUM = "decimal(38,4)"

# A stream commits every few seconds, and Delta on S3 lists the whole log at each commit: at 16,000 objects an append
# takes 10 s. Silver reads all of Bronze again where it was away for longer; VACUUM has its own retention.
SHORT_LOG = {
    "delta.logRetentionDuration": "interval 1 days",
    "delta.deletedFileRetentionDuration": "interval 1 days",
}
# What a reader of changes needs: the feed, and updates that write no whole files again.
CHANGES = {"delta.enableChangeDataFeed": "true", "delta.enableDeletionVectors": "true"}

_PLACE = "topic string, partition int, offset bigint"
_RAW = (
    "raw_key string, raw_value string, raw_bytes binary, headers array<struct<key: string, value: binary>>, "
    f"{_PLACE}, kafka_timestamp timestamp, ingest_ts timestamp, raw_key_bytes binary"
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
# The accepted copy, in another partition, of an event with the same id and other content.
_CONFLICTS_WITH = "conflicts_with struct<topic: string, partition: int, offset: bigint>"


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


def raw(dataset: str) -> Table:
    """Each Kafka record as it was received."""
    return Table("bronze_raw", f"{dataset}_raw", _RAW, properties=SHORT_LOG)


def clean(contract: Contract) -> Table:
    """Each accepted event."""
    filled = ", ".join(f"{name} {sql_type}" for name, sql_type in contract.columns.items())
    columns = f"{filled}, event_date date, {_PLACE}, ingest_ts timestamp, {_CONFLICTS_WITH}"
    return Table("silver", f"{contract.dataset}_clean", columns, ("event_date",))


def latest(contract: Contract) -> Table:
    """A row for each key, of a dataset that keeps the latest; the deleted ones too."""
    filled = ", ".join(f"{name} {sql_type}" for name, sql_type in contract.columns.items())
    columns = f"{filled}, {_PLACE}, updated_ts timestamp"
    return Table("silver", f"{contract.dataset}_latest", columns, properties=CHANGES)


def quarantine(dataset: str) -> Table:
    """Each rejected record, with its reasons."""
    return Table("silver", f"{dataset}_quarantine", _QUARANTINE)


def duplicates(dataset: str) -> Table:
    """Each repeated record, and where its first copy lies."""
    return Table("silver", f"{dataset}_duplicates", _DUPLICATES)


def ledger(dataset: str) -> Table:
    """What each micro-batch of Silver did, by topic and partition."""
    return Table("ops", f"{dataset}_ledger", _LEDGER)


def verdicts(contract: Contract) -> dict[str, Table]:
    """Verdict to the table that holds the records of which Silver said so."""
    name = contract.dataset
    return dict(zip(VERDICTS, (clean(contract), duplicates(name), quarantine(name)), strict=True))


def of_dataset(contract: Contract) -> list[Table]:
    """All tables that a dataset has."""
    found = [raw(contract.dataset), *verdicts(contract).values(), ledger(contract.dataset)]
    return [*found, latest(contract)] if contract.keep == "latest" else found


def of_datasets(contracts: Iterable[Contract]) -> list[Table]:
    return [table for contract in contracts for table in of_dataset(contract)]
