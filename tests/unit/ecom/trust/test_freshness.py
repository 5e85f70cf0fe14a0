"""How fresh layers are, from the logs of their tables alone."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ecom.base.settings import Settings
from ecom.lake.commit_note import CommitNote
from ecom.lake.delta_log import DeltaLog
from ecom.trust.freshness import Layer, Layers, _newest, _rows, _unjudged, _waits_since
from tests.bucket import Objects

ADD = {"add": {"path": "a", "dataChange": True}}
SECOND = 1_760_000_000


def at(second: int) -> datetime:
    return datetime.fromtimestamp(SECOND + second, UTC)


def commit(second: int, note: CommitNote | None = None, operation: str = "WRITE", *actions: Any) -> str:
    info: dict[str, Any] = {"timestamp": (SECOND + second) * 1000, "operation": operation}
    if note:
        info["userMetadata"] = note.to_json()
    return "\n".join(json.dumps(action) for action in ({"commitInfo": info}, *(actions or (ADD,))))


def log(*commits: str) -> DeltaLog:
    files = {f"silver/t/_delta_log/{n:020d}.json": text for n, text in enumerate(commits)}
    return DeltaLog(Settings(), "silver.t", Objects(files))


def read(version: int) -> CommitNote:
    """The note of a sink that has read its source up to this version."""
    offset = json.dumps({"sourceVersion": 1, "reservoirId": "x", "reservoirVersion": version, "index": 0})
    return CommitNote("silver_orders", "c", 1, [offset])


def received(rows: int) -> CommitNote:
    return CommitNote("bronze_orders", "c", 1, rows={"orders.events": {"0": rows}})


def test_layers_come_in_the_order_of_the_data() -> None:
    layers = Layers(Layer("bronze", None), Layer("silver", None), Layer("gold", None), None)
    assert [layer.name for layer in layers] == ["bronze", "silver", "gold"]


def test_the_newest_of_several_tables_counts_and_maintenance_does_not() -> None:
    one, other = log(commit(1), commit(5, None, "OPTIMIZE")), log(commit(3))
    assert _newest([one, other]) == at(3)
    assert _newest([]) is None
    assert _newest([log(commit(1, None, "CREATE TABLE"))]) is None


def test_a_sink_that_has_read_all_waits_for_nothing() -> None:
    source = log(commit(1), commit(2))
    assert _waits_since(log(commit(3, read(1))), [source]) is None


def test_it_waits_since_the_first_commit_that_it_has_not_read() -> None:
    source = log(commit(1), commit(2), commit(4), commit(6))
    assert _waits_since(log(commit(3, read(1))), [source]) == at(4)


def test_of_several_sources_the_oldest_commit_counts() -> None:
    note = CommitNote("order_state", "c", 1, [*read(0).sources, *read(0).sources])
    sources = [log(commit(1), commit(9)), log(commit(1), commit(5))]
    assert _waits_since(log(commit(3, note)), sources) == at(5)


def test_a_sink_that_was_never_written_waits_since_the_first_commit_of_all() -> None:
    assert _waits_since(log(), [log(commit(1), commit(2))]) == at(1)


@pytest.mark.parametrize(
    ("version", "waiting"),
    [
        (0, 30),
        (1, 25),
        (2, 0),
    ],
)
def test_records_wait_that_came_after_what_the_ledger_read(version: int, waiting: int) -> None:
    bronze = log(commit(1, received(10)), commit(2, received(15)), commit(3, received(40)))
    assert _unjudged(bronze, log(commit(4, read(version)))) == waiting


def test_before_the_first_run_of_silver_every_record_waits() -> None:
    bronze = log(commit(1, received(10)))
    assert _unjudged(bronze, log(commit(0, None, "CREATE TABLE"))) == 10


def test_a_note_without_rows_counts_none() -> None:
    assert (_rows(None), _rows(read(1)), _rows(received(7))) == (0, 0, 7)
