"""Which checkpoint a job goes on from.

At each start the checkpoint's position is compared with the one that the table's last commit names. They agree, but
for the one micro-batch that may not be committed yet; else (a lost checkpoint, an older copy put back, a table
restored) the job takes a fresh checkpoint and goes on from the table.
"""

import uuid
from dataclasses import dataclass

from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from ecom.lake.commit_note import CommitNote
from ecom.lake.tables import lake_root
from spark_jobs.files import delete, newest_number, read_text


@dataclass(frozen=True)
class Checkpoint:
    """A folder of the lake; `is_fresh` when nothing is in it yet."""

    job: str
    id: str
    path: str
    is_fresh: bool


def choose_checkpoint(spark: SparkSession, settings: Settings, job: str, note: CommitNote | None) -> Checkpoint:
    """The checkpoint of the table's last commit when it stands where that commit left it, else a fresh one."""
    root = f"{lake_root(settings)}/_checkpoints/{job}"
    if note is not None:
        path = f"{root}/{note.checkpoint_id}"
        if _continues(spark, path, note):
            return Checkpoint(job, note.checkpoint_id, path, is_fresh=False)
    delete(spark, root)  # no table names what is left there
    fresh = str(uuid.uuid4())
    return Checkpoint(job, fresh, f"{root}/{fresh}", is_fresh=True)


def _continues(spark: SparkSession, path: str, note: CommitNote) -> bool:
    planned, committed = newest_number(spark, f"{path}/offsets"), newest_number(spark, f"{path}/commits")
    if planned not in (note.batch_id, note.batch_id + 1) or committed not in (note.batch_id - 1, note.batch_id):
        return False
    return source_offsets(spark, path, note.batch_id) == note.sources


def source_offsets(spark: SparkSession, path: str, batch_id: int) -> list[str]:
    """The sources' end offsets that the checkpoint planned for a micro-batch, one JSON text each."""
    text = read_text(spark, f"{path}/offsets/{batch_id}")
    return text.splitlines()[2:]  # a version line and the query's own metadata come first
