"""A table's log as the watchers read it: by few requests, and with doubt where it does not tell."""

import json
from typing import Any

from ecom.base.settings import Settings
from ecom.lake.commit_note import CommitNote
from ecom.lake.delta_log import LOOK_BACK, DeltaLog
from tests.bucket import Objects

ADD = {"add": {"path": "a", "dataChange": True}}


def commit(operation: str, *actions: dict[str, Any], job: str | None = None) -> str:
    info = {"timestamp": 1_760_000_000_000, "operation": operation}
    if job:
        info["userMetadata"] = CommitNote(job, "c", 1).to_json()
    return "\n".join(json.dumps(action) for action in ({"commitInfo": info}, *actions))


def objects(*commits: str, first: int = 0, folder: str = "silver/t") -> Objects:
    return Objects({f"{folder}/_delta_log/{first + n:020d}.json": text for n, text in enumerate(commits)})


def log(bucket: Objects) -> DeltaLog:
    return DeltaLog(Settings(), "silver.t", bucket)


def test_a_commit_says_what_was_done_when_and_by_whom() -> None:
    table = log(objects(commit("CREATE TABLE"), commit("WRITE", ADD, job="silver_orders")))
    first, last = table.commit(0), table.last
    assert first is not None and first.is_first and not first.is_foreign and not first.changes_data
    assert last is not None and last.note is not None and last.note.job == "silver_orders"
    assert last.changes_data and last.at is not None and last.at.isoformat() == "2025-10-09T08:53:20+00:00"


def test_the_newest_commit_is_read_once() -> None:
    bucket = objects(commit("CREATE TABLE"), commit("WRITE", ADD))
    table = log(bucket)
    assert table.last == table.commit(1) == table.last
    assert bucket.asked.count(f"silver/t/_delta_log/{1:020d}.json") == 1


def test_a_commit_without_a_note_is_foreign_unless_it_changes_no_row() -> None:
    kinds = {"DELETE": True, "RESTORE": True, "WRITE": True, "OPTIMIZE": False, "SET TBLPROPERTIES": False}
    for operation, is_foreign in kinds.items():
        last = log(objects(commit(operation, ADD))).last
        assert last is not None and last.is_foreign is is_foreign, operation


def test_the_newest_note_is_that_of_the_job_that_is_asked_for() -> None:
    commits = [commit("WRITE", ADD, job="a"), commit("WRITE", ADD, job="b"), commit("OPTIMIZE")]
    table = log(objects(*commits))
    found = [table.newest_note(), table.newest_note("a"), table.newest_note(at=0), table.newest_note("c")]
    assert [note and note.job for note in found] == ["b", "a", "a", None]


def test_a_note_is_not_looked_for_beyond_where_the_log_was_cut() -> None:
    assert log(objects(commit("OPTIMIZE"), first=7)).newest_note() is None


def test_others_changed_rows_when_a_commit_has_no_note_or_is_gone() -> None:
    ours, theirs = commit("WRITE", ADD, job="a"), commit("DELETE", ADD)
    assert not log(objects(ours, ours, ours)).changed_by_others(0)
    assert log(objects(ours, theirs, ours)).changed_by_others(0)
    assert not log(objects(ours, theirs, ours)).changed_by_others(1)
    assert log(objects(ours, ours)).changed_by_others(5), "the table stands before the version that was seen"


def test_the_first_change_after_a_version_skips_what_changes_nothing() -> None:
    table = log(objects(commit("CREATE TABLE"), commit("OPTIMIZE"), commit("WRITE", ADD), commit("WRITE", ADD)))
    change = table.first_data_change(-1)
    assert change is not None and change.version == 2
    assert table.first_data_change(3) is None


def test_a_log_that_was_cut_counts_as_changed() -> None:
    change = log(objects(commit("OPTIMIZE"), first=9)).first_data_change(3)
    assert change is not None and (change.version, change.operation, change.at) == (4, "unknown", None)


def test_after_many_commits_that_change_nothing_the_search_ends() -> None:
    table = log(objects(*[commit("OPTIMIZE")] * (LOOK_BACK + 5)))
    change = table.last_data_change
    assert change is not None and change.version == 4


def test_a_table_of_trino_s_is_found_where_trino_put_it() -> None:
    bucket = objects(commit("WRITE", ADD), folder="gold/fct-1a2b")
    bucket.write("gold/fct/.trinoSchema", '{"externalLocation" : "s3://lake/gold/fct-1a2b"}')
    assert DeltaLog(Settings(), "gold.fct", bucket).version == 0
