"""Which checkpoint a job goes on from.

At each start the checkpoint's position is compared with the one that the table's last commit names. They agree, but
for the one micro-batch that may not be committed yet; else (a lost checkpoint, a part of one, an older copy put back,
a table restored) the job takes a fresh checkpoint and goes on from the table.
"""

import uuid
from dataclasses import dataclass

from ecom.base.settings import Settings
from ecom.lake.commit_note import CommitNote
from ecom.lake.s3 import Bucket
from ecom.lake.tables import lake_root

FOLDER = "_checkpoints"


@dataclass(frozen=True)
class Checkpoint:
    """A folder of the lake; `is_fresh` when nothing is in it yet. `path` is for Spark, `key` in the bucket."""

    job: str
    id: str
    path: str
    key: str
    is_fresh: bool


def choose_checkpoint(settings: Settings, job: str, note: CommitNote | None) -> Checkpoint:
    """The checkpoint of the table's last commit when it stands where that commit left it, else a fresh one."""
    bucket = Bucket(settings)
    if note is not None:
        kept = _checkpoint(settings, job, note.checkpoint_id, is_fresh=False)
        if _continues(bucket, kept.key, note):
            return kept
    bucket.delete(f"{FOLDER}/{job}/")  # no table names what is left there
    return _checkpoint(settings, job, str(uuid.uuid4()), is_fresh=True)


def _checkpoint(settings: Settings, job: str, name: str, is_fresh: bool) -> Checkpoint:
    key = f"{FOLDER}/{job}/{name}"
    return Checkpoint(job, name, f"{lake_root(settings)}/{key}", key, is_fresh)


def _continues(bucket: Bucket, key: str, note: CommitNote) -> bool:
    files = {file.removeprefix(f"{key}/") for file in bucket.keys(f"{key}/")}
    planned, committed = _newest(files, "offsets"), _newest(files, "commits")
    if planned not in (note.batch_id, note.batch_id + 1) or committed not in (note.batch_id - 1, note.batch_id):
        return False
    return _is_whole(files, committed) and source_offsets(bucket, key, note.batch_id) == note.sources


def _is_whole(files: set[str], committed: int) -> bool:
    """What a query needs to go on: its own id, and, where it keeps a state, each partition's at the last commit."""
    stores = {tuple(file.split("/")[1:3]) for file in files if file.startswith("state/") and file.count("/") >= 3}
    partitions = [store for store in stores if store[1].isdigit()]
    states = (_has_state(files, f"state/{operator}/{number}/", committed + 1) for operator, number in partitions)
    return "metadata" in files and bool(partitions) == ("state/0/_metadata/metadata" in files) and all(states)


def _has_state(files: set[str], folder: str, version: int) -> bool:
    """A snapshot (`N.zip`) and each change after it (`N.changelog`), up to `version`."""
    names = {file.removeprefix(folder) for file in files if file.startswith(folder)}
    snapshots = [int(name[:-4]) for name in names if name.endswith(".zip") and name[:-4].isdigit()]
    start = max((number for number in snapshots if number <= version), default=0)
    return all(f"{number}.changelog" in names for number in range(start + 1, version + 1))


def _newest(files: set[str], folder: str) -> int:
    """The greatest number that a file of the folder is named after; -1 when there is none."""
    names = (file.removeprefix(f"{folder}/") for file in files if file.startswith(f"{folder}/"))
    return max((int(name) for name in names if name.isdigit()), default=-1)


def source_offsets(bucket: Bucket, key: str, batch_id: int) -> list[str]:
    """The sources' end offsets that the checkpoint planned for a micro-batch, one JSON text each."""
    text = bucket.read(f"{key}/offsets/{batch_id}") or ""
    return text.splitlines()[2:]  # a version line and the query's own metadata come first
