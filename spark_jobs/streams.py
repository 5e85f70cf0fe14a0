"""Waiting for streaming queries, and what their failures say to a reader."""

import re
from collections.abc import Mapping
from typing import Any

from pyspark.errors import StreamingQueryException
from pyspark.sql.streaming.query import StreamingQuery

from ecom.base.errors import EcomError

# A micro-batch takes all that is there. Cut at the default of 1,000 files, a replay would know half an order.
WHOLE_PREFIX: dict[str, Any] = {"maxFilesPerTrigger": 2**31 - 1}

# Deleted, changed, made anew; its log was cut, its files were vacuumed, before they were read.
UPSTREAM_CHANGED = (
    "DELTA_SOURCE_IGNORE_DELETE",
    "DELTA_SOURCE_TABLE_IGNORE_CHANGES",
    "DELTA_MISSING_FILES_UNEXPECTED_VERSION",
    "DELTA_LOG_FILE_NOT_FOUND_FOR_STREAMING_SOURCE",
    "DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE",
    "DELTA_SCHEMA_CHANGED",
    "DELTA_STREAMING_INCOMPATIBLE_SCHEMA_CHANGE",
    "FAILED_READ_FILE.FILE_NOT_EXIST",
)
# Files of a checkpoint are gone, or are of a query that was another.
CHECKPOINT_LOST = (
    "CANNOT_LOAD_STATE_STORE",
    "STATE_STORE_",
    "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
    "BATCH_METADATA_NOT_FOUND",
    "MISSING_METADATA_FILE",
    "_checkpoints/",
)


class UpstreamChangedError(EcomError):
    """Rows of the table that a stream reads were deleted or changed, or are no longer there to be read."""


class CheckpointLostError(EcomError):
    """The checkpoint is not whole: the job goes on from its table with a fresh one."""


def finish(queries: list[StreamingQuery]) -> None:
    """Wait until each query has read what is there. The first failure stops all and is raised as one sentence."""
    running = queries
    try:
        while running:
            for query in running:
                query.awaitTermination(0.2)  # type: ignore[arg-type]  # seconds, also below one
            running = [query for query in running if query.isActive]
    except StreamingQueryException as error:
        raise explain(error) from error
    finally:
        for query in queries:
            query.stop()


def finish_each(queries: Mapping[str, StreamingQuery]) -> dict[str, EcomError]:
    """Wait for each by itself; what those that failed have to say, by name."""
    failures = {}
    for name, query in queries.items():
        try:
            finish([query])
        except EcomError as error:
            failures[name] = error
    return failures


def explain(error: StreamingQueryException) -> EcomError:
    """The sentence of an EcomError raised inside foreachBatch, else Spark's own first line and what to do."""
    text = str(error)
    ours = re.search(r"ecom\.base\.errors\.EcomError: (.+)", text)
    if ours:
        return EcomError(ours.group(1).strip())
    if "data may have been lost" in text or "UnknownTopicOrPartition" in text or "OffsetOutOfRange" in text:
        return EcomError(
            "Kafka no longer has records that this run had begun to read (aged out, or the topic was recreated); "
            "run `ecom run bronze` again: it says which offsets, and the two ways on."
        )
    if any(sign in text for sign in UPSTREAM_CHANGED):
        return UpstreamChangedError(
            "Rows of a table upstream were deleted or changed, or its retention took what was not read yet; run "
            "`ecom run silver --rebuild`, which recomputes the order state from the clean tables with a new generation."
        )
    if "CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND" in text:
        return EcomError(
            "An executor was lost together with what it held of a micro-batch; what was written stays, and a verdict "
            "keeps: run `ecom run silver` again, which goes on from there."
        )
    first = next((line for line in text.splitlines() if line.strip()), text)
    sentence = f"The streaming job stopped: {first.strip()[:400]} (use --debug for all of it)."
    return CheckpointLostError(sentence) if any(sign in text for sign in CHECKPOINT_LOST) else EcomError(sentence)
