"""What the broker acknowledged, in whole files."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from generator import ledger
from generator.ledger import Ledger, Row


def row(offset: int) -> Row:
    return ("orders.events", 0, offset, b"o", None, "plain", None, 1_769_853_600_123)


def test_rows_are_written_in_parts_and_the_rest_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "ROWS_A_FILE", 2)
    book = Ledger(tmp_path / "run")
    for offset in range(5):
        book.add(row(offset))
    assert len(list(tmp_path.rglob("*.parquet"))) == 2
    book.write()
    files = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert files == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    found = pq.read_table(tmp_path / "run").to_pylist()
    assert [one["offset"] for one in found] == [0, 1, 2, 3, 4]
    assert found[0]["key"] == b"o" and found[0]["value_sha256"] is None
    assert found[0]["broker_ts"].isoformat() == "2026-01-31T10:00:00.123000+00:00"


def test_where_nothing_was_acknowledged_no_folder_is_made(tmp_path: Path) -> None:
    Ledger(tmp_path / "run").write()
    assert not (tmp_path / "run").exists()
