"""Where records come from: one module for each kind of source, all with the protocol `Source`.

registry.py chooses the one that a contract's server names.
"""

from dataclasses import dataclass, field
from typing import Protocol

from pyspark.sql import DataFrame, SparkSession

from ecom.lake.commit_note import Position


@dataclass(frozen=True)
class SourceState:
    """What a source has now. `id` changes when it is another one under the old name. `low` and `high` by partition:
    the first offset that is still there, and the one after the last."""

    name: str
    id: str
    low: dict[int, int] = field(default_factory=dict)
    high: dict[int, int] = field(default_factory=dict)


class Source(Protocol):
    """Where a dataset's records come from, each with a place (topic, partition, offset) that never changes."""

    name: str

    def state(self) -> SourceState:
        """Raises EcomError when the source does not answer or is not there."""

    def stream(self, spark: SparkSession, state: SourceState, after: Position) -> DataFrame:
        """Records from each partition's next offset in `after` on, its first where it has none: the columns that
        `transforms.bronze.as_received` takes."""

    def reached(self, planned: list[str]) -> Position:
        """The offset after the last one of a micro-batch, from the lines of the checkpoint's offset log."""

    def known_id(self) -> str | None:
        """The id that the name has now; None: it is gone."""
