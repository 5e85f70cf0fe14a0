"""Whether a job goes on from its checkpoint, by the files that are there."""

import json

import pytest

from ecom.base.settings import Settings
from ecom.lake.commit_note import CommitNote
from spark_jobs import checkpoints
from spark_jobs.checkpoints import _is_whole, _newest, choose_checkpoint, source_offsets
from tests.bucket import Objects

OFFSET = '{"orders.events":{"0":12}}'
NOTE = CommitNote("bronze_orders", "c-1", 4, [OFFSET])
FOLDER = "_checkpoints/bronze_orders"


def checkpoint(planned: int = 4, committed: int = 4, offset: str = OFFSET, whole: bool = True) -> Objects:
    """The files of checkpoint c-1."""
    files = {f"{FOLDER}/c-1/offsets/{n}": f"v1\n{{}}\n{offset}" for n in range(planned + 1)}
    files |= {f"{FOLDER}/c-1/commits/{n}": "v1\n{}" for n in range(committed + 1)}
    files |= {f"{FOLDER}/c-1/metadata": json.dumps({"id": "x"})} if whole else {}
    return Objects(files | {f"{FOLDER}/older/metadata": "{}"})


def chosen(bucket: Objects, note: CommitNote | None, monkeypatch: pytest.MonkeyPatch) -> checkpoints.Checkpoint:
    monkeypatch.setattr(checkpoints, "Bucket", lambda settings: bucket)
    return choose_checkpoint(Settings(lakehouse_uri="s3://lake"), "bronze_orders", note)


@pytest.mark.parametrize(("planned", "committed"), [(4, 4), (4, 3), (5, 4)])
def test_one_that_stands_where_the_table_stands_is_gone_on_from(
    planned: int, committed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = chosen(checkpoint(planned, committed), NOTE, monkeypatch)
    assert (found.id, found.is_fresh, found.path) == ("c-1", False, f"s3a://lake/{FOLDER}/c-1")


@pytest.mark.parametrize(
    "bucket",
    [
        Objects({}),
        checkpoint(planned=6),
        checkpoint(planned=3, committed=3),
        checkpoint(committed=2),
        checkpoint(offset='{"orders.events":{"0":99}}'),
        checkpoint(whole=False),
    ],
)
def test_another_one_is_left_for_a_fresh_one_and_its_files_go(bucket: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    found = chosen(bucket, NOTE, monkeypatch)
    assert found.is_fresh and found.id != "c-1"
    assert bucket.objects == {}


def test_a_table_without_a_note_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(checkpoint(), None, monkeypatch).is_fresh


def test_the_sources_ends_follow_two_lines_of_the_query_s_own() -> None:
    assert source_offsets(checkpoint(), f"{FOLDER}/c-1", 4) == [OFFSET]
    assert source_offsets(Objects({}), f"{FOLDER}/c-1", 4) == []


def test_numbers_are_compared_as_numbers() -> None:
    assert _newest({"offsets/9", "offsets/10", "offsets/.10.tmp", "commits/11"}, "offsets") == 10
    assert _newest(set(), "offsets") == -1


STATE = {"metadata", "state/0/_metadata/metadata", "state/0/0/2.zip", "state/0/0/3.changelog", "state/0/1/4.zip"}


@pytest.mark.parametrize(
    ("files", "committed", "whole"),
    [
        ({"metadata"}, 4, True),
        (set(), 4, False),
        (STATE, 2, True),
        (STATE | {"state/0/0/4.changelog"}, 3, True),
        (STATE, 3, False),
        (STATE - {"metadata"}, 2, False),
        (STATE - {"state/0/_metadata/metadata"}, 2, False),
        (STATE - {"state/0/0/2.zip"}, 2, False),
    ],
)
def test_a_state_needs_a_snapshot_and_each_change_after_it(files: set[str], committed: int, whole: bool) -> None:
    if committed == 2 and "state/0/1/4.zip" in files:
        files = files - {"state/0/1/4.zip"} | {"state/0/1/3.zip"}
    assert _is_whole(files, committed) is whole
