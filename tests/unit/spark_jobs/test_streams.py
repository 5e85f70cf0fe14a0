"""What a failed streaming query says to a reader."""

import pytest

from ecom.base.errors import EcomError
from spark_jobs.streams import CheckpointLostError, UpstreamChangedError, explain


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("...\necom.base.errors.EcomError: Offsets 3 to 7 aged out. \n at ...", EcomError, "Offsets 3 to 7 aged out."),
        ("some data may have been lost because", EcomError, "run `ecom run bronze` again"),
        ("org.apache...UnknownTopicOrPartitionException", EcomError, "run `ecom run bronze` again"),
        ("[DELTA_SOURCE_IGNORE_DELETE] rows", UpstreamChangedError, "`ecom run silver --rebuild`"),
        ("[FAILED_READ_FILE.FILE_NOT_EXIST] x", UpstreamChangedError, "`ecom run silver --rebuild`"),
        ("CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND", EcomError, "run `ecom run silver` again"),
        ("[CANNOT_LOAD_STATE_STORE.UNEXPECTED] x", CheckpointLostError, "CANNOT_LOAD_STATE_STORE"),
        ("No such file s3a://lake/_checkpoints/a/b", CheckpointLostError, "The streaming job stopped: No such file"),
        ("\n\n  first line \nsecond", EcomError, "The streaming job stopped: first line (use --debug for all of it)."),
        ("x" * 1_000, EcomError, f"The streaming job stopped: {'x' * 400} (use"),
    ],
)
def test_each_failure_has_its_sentence(text: str, kind: type[EcomError], says: str) -> None:
    found = explain(Exception(text))  # type: ignore[arg-type]  # only its text is read
    assert type(found) is kind
    assert says in str(found) and "\n" not in str(found)
