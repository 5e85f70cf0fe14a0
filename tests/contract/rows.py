"""Bronze rows by hand. Nothing here needs the stack: judging is pure."""

from collections.abc import Iterable
from datetime import datetime

from pyspark.sql import DataFrame, SparkSession

from tests.contract.messages import BROKER

RAW = (
    "raw_key string, raw_value string, raw_bytes binary, headers array<struct<key: string, value: binary>>, "
    "topic string, partition int, offset bigint, kafka_timestamp timestamp, ingest_ts timestamp, raw_key_bytes binary"
)
Raw = tuple[str | None, str | None, bytes | None]


def bronze(spark: SparkSession, records: Iterable[Raw], broker: datetime = BROKER) -> DataFrame:
    """Bronze rows of (key, value, bytes); `offset` counts from 0."""
    rows = [(key, value, raw, None, "t", 0, at, broker, broker, None) for at, (key, value, raw) in enumerate(records)]
    return spark.createDataFrame(rows, RAW)
