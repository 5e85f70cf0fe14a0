"""What a table's log says of its changes, and which jobs have something to do, from logs held in memory."""

import json
from typing import Any

import pytest

from ecom.base.settings import Settings
from ecom.lake.commit_note import CommitNote, parse_note
from ecom.lake.delta_log import DeltaLog
from ecom.lake.pending import has_unread, read_version
from tests.bucket import Objects

ADD = {"add": {"path": "a", "dataChange": True}}
MOVED = [{"remove": {"path": "a", "dataChange": False}}, {"add": {"path": "b", "dataChange": False}}]


def commit(operation: str, *actions: dict[str, Any], note: CommitNote | None = None) -> str:
    info = {"timestamp": 1_760_000_000_000, "operation": operation}
    if note:
        info["userMetadata"] = note.to_json()
    return "\n".join(json.dumps(action) for action in ({"commitInfo": info}, *actions))


def log(*commits: str, first: int = 0, checkpoint: int | None = None) -> DeltaLog:
    files = {f"silver/t/_delta_log/{first + n:020d}.json": text for n, text in enumerate(commits)}
    if checkpoint is not None:
        files["silver/t/_delta_log/_last_checkpoint"] = json.dumps({"version": checkpoint})
    return DeltaLog(Settings(), "silver.t", Objects(files))


def offset(version: int, index: int = -1) -> str:
    return json.dumps({"sourceVersion": 1, "reservoirId": "x", "reservoirVersion": version, "index": index})


def note(*sources: str) -> CommitNote:
    return CommitNote("silver_enrich", "checkpoint", 3, list(sources))


CREATED, WRITTEN = commit("CREATE TABLE", {"metaData": {}}), commit("WRITE", ADD)
MAINTAINED = (commit("OPTIMIZE", *MOVED), commit("VACUUM START"), commit("VACUUM END"), commit("SET TBLPROPERTIES"))


def test_compaction_and_vacuum_change_no_data_and_neither_does_an_empty_write() -> None:
    table = log(CREATED, WRITTEN, *MAINTAINED, commit("MERGE", *MOVED), commit("WRITE"))
    assert table.version == 7
    assert table.last_data_change and table.last_data_change.version == 1


def test_a_table_that_is_new_or_not_there_has_no_data() -> None:
    assert log(CREATED).last_data_change is None
    assert (log().version, log().last, log().last_data_change) == (-1, None, None)


def test_the_log_is_read_from_its_newest_checkpoint_on() -> None:
    table = log(*[WRITTEN] * 5, first=1000, checkpoint=1002)
    assert table.last and table.last.version == 1004
    assert table.last_data_change and table.last_data_change.version == 1004
    assert isinstance(table._bucket, Objects)
    assert sum(key.endswith("0.json") for key in table._bucket.asked) == 0, "a commit before the checkpoint was read"


def test_a_long_row_of_commits_without_data_counts_as_changed() -> None:
    table = log(CREATED, WRITTEN, *[commit("OPTIMIZE")] * 150)
    assert table.last_data_change and table.last_data_change.version == 51


@pytest.mark.parametrize(
    ("text", "version"),
    [(offset(8), 7), (offset(8, 4), 8), (offset(8, -100), 7), ('{"orders": {"0": 5}}', None), ("-", None)],
)
def test_a_source_offset_says_which_version_was_read_whole(text: str, version: int | None) -> None:
    assert read_version(text) == version


def sink(*sources: str) -> DeltaLog:
    return log(CREATED, commit("MERGE", ADD, note=note(*sources)))


SOURCE = (CREATED, WRITTEN, WRITTEN)


@pytest.mark.parametrize(
    ("reader", "source", "unread"),
    [
        (sink(offset(3)), log(*SOURCE), False),
        (sink(offset(2)), log(*SOURCE), True),
        (sink(offset(3)), log(*SOURCE, *MAINTAINED), False),
        (sink(offset(3)), log(*SOURCE, *MAINTAINED, WRITTEN), True),
        (sink(offset(9)), log(*SOURCE), True),  # the source is another table than the one that was read
        (sink("nonsense"), log(*SOURCE), True),
        (sink(offset(3), offset(3)), log(*SOURCE), True),
        (sink(offset(3)), log(), True),
        (log(), log(*SOURCE), True),
        (log(CREATED), log(*SOURCE), True),
        (log(CREATED), log(CREATED), False),
        (log(CREATED, commit("RESTORE", ADD)), log(CREATED), True),
    ],
)
def test_a_job_is_pending_unless_its_last_commit_read_all_data(
    reader: DeltaLog, source: DeltaLog, unread: bool
) -> None:
    assert has_unread(reader, [source]) is unread


def test_a_note_survives_json_and_what_is_no_note_is_none() -> None:
    assert parse_note(note(offset(1)).to_json()) == note(offset(1))
    assert [parse_note(text) for text in (None, "", "x", "[]", '{"other": 1}')] == [None] * 5
