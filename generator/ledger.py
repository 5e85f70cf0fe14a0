"""The ledger: what the broker acknowledged, as Parquet files in `ECOM_HOME/ledger/RUN/`."""

import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_A_FILE = 50_000
SCHEMA = pa.schema(
    [
        ("topic", pa.string()),
        ("partition", pa.int32()),
        ("offset", pa.int64()),
        ("key", pa.binary()),
        ("event_id", pa.string()),
        ("kind", pa.string()),
        ("value_sha256", pa.string()),  # null for a tombstone
        ("broker_ts", pa.timestamp("ms", tz="UTC")),
    ]
)
Row = tuple[str, int, int, bytes | None, str | None, str, str | None, int]


class Ledger:
    """Rows in parts: a process killed in mid-run loses the last part, never a file that was written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[Row] = []
        self.parts = 0

    def add(self, row: Row) -> None:
        self.rows.append(row)
        if len(self.rows) >= ROWS_A_FILE:
            self.write()

    def write(self) -> None:
        """Atomic: a part is there whole, or not at all."""
        if not self.rows:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        columns: list[Any] = list(zip(*self.rows, strict=True))
        table = pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
        path = self.folder / f"part-{self.parts:05d}.parquet"
        draft = path.with_suffix(".draft")
        pq.write_table(table, draft)
        os.replace(draft, path)
        self.parts, self.rows = self.parts + 1, []
