"""Records as they were received."""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

Position = Mapping[tuple[str, int], int]


def as_received(records: DataFrame, now: Column) -> DataFrame:
    """A source's columns (key, value, headers, topic, partition, offset, timestamp) to `bronze_raw`'s; `now` is when
    they were received. What is not UTF-8 is kept as bytes: a value with `raw_value` null, a key beside a readable one.
    """
    text = F.try_validate_utf8(F.col("value").cast("string"))
    key = F.try_validate_utf8(F.col("key").cast("string"))
    return records.select(
        F.make_valid_utf8(F.col("key").cast("string")).alias("raw_key"),
        text.alias("raw_value"),
        F.when(text.isNull(), F.col("value")).alias("raw_bytes"),
        F.col("headers").cast("array<struct<key: string, value: binary>>").alias("headers"),
        "topic",
        "partition",
        "offset",
        F.col("timestamp").alias("kafka_timestamp"),
        now.alias("ingest_ts"),
        F.when(key.isNull(), F.col("key")).alias("raw_key_bytes"),
    )


def not_before(position: Position) -> Column:
    """True for records at or after their partition's next offset; a partition without one is taken whole."""
    behind = F.lit(False)
    for (topic, partition), next_offset in sorted(position.items()):
        same = (F.col("topic") == topic) & (F.col("partition") == partition)
        behind = behind | (same & (F.col("offset") < next_offset))
    return ~behind
