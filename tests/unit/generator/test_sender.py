"""What can be known of sending without a broker; the rest is in tests/e2e."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ecom.base.errors import EcomError, ExitCode
from generator import Message
from generator.jsonl import Record
from generator.ledger import ROWS_A_FILE, Ledger
from generator.run import at_rate, at_speed
from generator.sender import Sender

START = datetime(2026, 1, 31, tzinfo=UTC)


def test_an_unreachable_broker_is_a_sentence_within_15_seconds(tmp_path: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(EcomError, match=r"Kafka at 127\.0\.0\.1:1 .* `ecom up`") as refused:
        Sender("127.0.0.1:1", Ledger(tmp_path / "run"))
    assert time.monotonic() - begin < 15
    assert refused.value.code is ExitCode.UNAVAILABLE
    assert not (tmp_path / "run").exists()


def test_a_ledger_is_written_in_whole_parts_and_nothing_is_left_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "run")
    for offset in range(ROWS_A_FILE + 1):
        ledger.add(("t", 0, offset, b"k", None, "plain", None, 1_000))
    assert [path.name for path in ledger.folder.iterdir()] == ["part-00000.parquet"]
    ledger.write()
    ledger.write()
    assert sorted(path.name for path in ledger.folder.iterdir()) == ["part-00000.parquet", "part-00001.parquet"]
    (row,) = pq.read_table(ledger.folder / "part-00001.parquet").to_pylist()
    assert (row["offset"], row["key"], row["value_sha256"]) == (ROWS_A_FILE, b"k", None)
    assert row["broker_ts"] == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


def test_a_rate_and_a_speed_say_when_each_record_is_due() -> None:
    records = [Record("t", None, b"1")] * 3
    assert [due for due, _ in at_rate(records, 2)] == [0, 0.5, 1]
    assert [due for due, _ in at_rate(records, None)] == [0, 0, 0]
    messages = [Message("orders", "k", b"1", START + timedelta(hours=hour)) for hour in (0, 1, 3)]
    timed = list(at_speed(messages, {"orders": "t"}, 3600))
    assert [due for due, _ in timed] == [0, 1, 3]
    assert timed[0][1].topic == "t"
