"""Kafka records as they are kept."""

from datetime import UTC, datetime
from typing import Any

from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from spark_jobs.transforms.bronze import as_received

KAFKA = (
    "key binary, value binary, topic string, partition int, offset bigint, timestamp timestamp, timestampType int, "
    "headers array<struct<key: string, value: binary>>"
)


def received(spark: SparkSession, value: bytes | None, key: bytes | None = b"k", headers: Any = None) -> Row:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    records = spark.createDataFrame([(key, value, "t", 1, 5, at, 0, headers)], KAFKA)
    return as_received(records, F.lit(at)).collect()[0]


def test_text_is_kept_as_text(spark: SparkSession) -> None:
    found = received(spark, '{"größe": "ß\\u0000"} '.encode())
    assert (found.raw_value, found.raw_bytes) == ('{"größe": "ß\\u0000"} ', None)


def test_what_is_not_utf8_is_kept_as_bytes(spark: SparkSession) -> None:
    found = received(spark, b"\xff{}")
    assert (found.raw_value, found.raw_bytes) == (None, bytearray(b"\xff{}"))


def test_a_tombstone_has_neither(spark: SparkSession) -> None:
    found = received(spark, None, key=None)
    assert (found.raw_key, found.raw_value, found.raw_bytes) == (None, None, None)


def test_an_empty_value_is_not_a_tombstone(spark: SparkSession) -> None:
    assert received(spark, b"").raw_value == ""


def test_headers_are_kept_in_order_also_twice_the_same(spark: SparkSession) -> None:
    found = received(spark, b"{}", headers=[("a", b"1"), ("a", None)])
    assert [(h.key, h.value) for h in found.headers] == [("a", bytearray(b"1")), ("a", None)]


def test_a_key_that_is_not_utf8_is_kept_as_bytes_beside_a_readable_one(spark: SparkSession) -> None:
    one, other = received(spark, b"{}", key=b"\xff"), received(spark, b"{}", key=b"\xfe")
    assert (one.raw_key, other.raw_key) == ("\ufffd", "\ufffd")
    assert (one.raw_key_bytes, other.raw_key_bytes) == (bytearray(b"\xff"), bytearray(b"\xfe"))
    assert received(spark, b"{}", key="schlüssel".encode()).raw_key_bytes is None
