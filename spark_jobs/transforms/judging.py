"""Bronze records to judged rows: the judge of `ecom.contracts`, called in the executors' Python on Arrow batches.

An executor needs Python with pyarrow and google-re2; the package `ecom` is shipped to it (spark_jobs/session.py).
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from ecom.contracts.judge import Judge
from ecom.contracts.judge.gc_pause import gc_paused
from ecom.contracts.model import Contract, Field

PLACE = ("topic", "partition", "offset")
RECORD = ("raw_key", "raw_value", "raw_bytes")  # what only a rejected record still needs
_TIMES = ("kafka_timestamp", "ingest_ts")
_READ = (*PLACE, *_TIMES, *RECORD, "raw_key_bytes")
_HEADERS = "headers"
_REASONS = "array<struct<field: string, rule: string, found: string>>"
_REASONS_ARROW = pa.list_(pa.struct([("field", pa.string()), ("rule", pa.string()), ("found", pa.string())]))
_INSTANT = pa.timestamp("us", tz="UTC")


def judge(raw: DataFrame, contract: Contract) -> DataFrame:
    """Bronze rows in; topic, partition, offset, kafka_timestamp, ingest_ts, the contract's columns, `event_date`,
    `reasons` (empty where the record is accepted: only then are the contract's columns sound), `contract_version`, and
    the record itself where it is rejected."""
    given = raw.select(*_READ, *([_HEADERS] if contract.reads_headers else []))
    place = ", ".join(f"{name} {given.schema[name].dataType.simpleString()}" for name in (*PLACE, *_TIMES))
    filled = ", ".join(f"{name} {sql_type}" for name, sql_type in contract.columns.items())
    record = "raw_key string, raw_value string, raw_bytes binary"
    schema = f"{place}, {filled}, event_date date, reasons {_REASONS}, contract_version string, {record}"
    return given.mapInArrow(partial(judge_batches, contract), schema)


def judge_batches(contract: Contract, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """One batch of judged rows for each of Bronze's rows."""
    its_judge, columns = Judge(contract), _columns(contract)
    with gc_paused():
        for batch in batches:
            yield _judged(its_judge, columns, batch)


Convert = Callable[[list[Any]], pa.Array]


def _judged(its_judge: Judge, columns: list[Convert], batch: pa.RecordBatch) -> pa.RecordBatch:
    verdicts = [its_judge(*record) for record in _records(batch)]
    reasons = [found.reasons for found in verdicts]
    is_bad = pa.array([bool(found) for found in reasons])
    values = zip(*[found.values if not found.reasons else _nothing(found.values) for found in verdicts], strict=True)
    arrays = [batch.column(name) for name in (*PLACE, *_TIMES)]
    arrays += [convert(list(column)) for convert, column in zip(columns, values or ([],) * len(columns), strict=True)]
    arrays.append(pa.array([None if found.reasons else found.event_day for found in verdicts], pa.date32()))
    arrays.append(pa.array([[reason._asdict() for reason in found] for found in reasons], _REASONS_ARROW))
    arrays.append(pa.array([its_judge.contract.version] * len(verdicts)))
    arrays += [_where(is_bad, batch.column(name)) for name in RECORD]
    names = [*PLACE, *_TIMES, *its_judge.columns, "event_date", "reasons", "contract_version", *RECORD]
    return pa.RecordBatch.from_arrays(arrays, names)


def _nothing(values: list[Any]) -> list[Any]:
    """Empties the columns of rejected records, which may hold values that no table can store."""
    return [None] * len(values)


def _records(
    batch: pa.RecordBatch,
) -> Iterator[tuple[bytes | None, bytes | str | None, int, int, str, Sequence[tuple[str, bytes | None]]]]:
    """Key, value, Kafka's time, the time received, the place, and the headers (where they are read), of each row."""
    column = {name: batch.column(name) for name in _READ}
    keys, key_bytes, texts, raws = (
        column[name].to_pylist() for name in ("raw_key", "raw_key_bytes", "raw_value", "raw_bytes")
    )
    kafka, received = (pc.cast(column[name], pa.int64()).to_pylist() for name in _TIMES)
    topics, partitions, offsets = (column[name].to_pylist() for name in PLACE)
    has_headers = _HEADERS in batch.schema.names
    headers = batch.column(_HEADERS).to_pylist() if has_headers else ()
    for row, text in enumerate(texts):
        key = key_bytes[row] if key_bytes[row] is not None else keys[row] and keys[row].encode()
        key = b"" if keys[row] == "" and key_bytes[row] is None else key
        value = text if text is not None else raws[row]
        place = f"{topics[row]}-{partitions[row]}-{offsets[row]}"
        beside = [(one["key"], one["value"]) for one in headers[row] or ()] if has_headers else ()
        yield key, value, kafka[row] or 0, received[row] or 0, place, beside


def _where(condition: pa.Array, column: pa.Array) -> pa.Array:
    return pc.if_else(condition, column, pa.scalar(None, column.type))


def _columns(contract: Contract) -> list[Convert]:
    """By column, from Python values to Arrow."""
    by_name = {field.name: field for field in contract.fields}
    return [_converter(by_name.get(name), sql_type) for name, sql_type in contract.columns.items()]


def _converter(field: Field | None, sql_type: str) -> Convert:
    if field is not None and field.type == "array" and field.fields:
        return partial(_structs, field)
    return partial(pa.array, type=_arrow_type(sql_type))


def _arrow_type(sql_type: str) -> pa.DataType:
    if sql_type.startswith("decimal"):
        precision, scale = sql_type.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    types = {"string": pa.string(), "bigint": pa.int64(), "boolean": pa.bool_(), "timestamp": _INSTANT}
    return types[sql_type] if sql_type in types else pa.list_(pa.string())


def _structs(field: Field, rows: list[list[tuple[Any, ...]] | None]) -> pa.Array:
    """Lists of tuples to list<struct>, member by member: a dict for each item would cost three times as much."""
    offsets, items = [0], list[tuple[Any, ...]]()
    for row in rows:
        items.extend(row or ())
        offsets.append(len(items))
    members = zip(*items, strict=True) if items else [()] * len(field.fields)
    arrays = [
        pa.array(list(values), _arrow_type(member.sql_type))
        for member, values in zip(field.fields, members, strict=True)
    ]
    struct = pa.StructArray.from_arrays(arrays, [member.name for member in field.fields])
    mask = pa.array([row is None for row in rows])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), struct, mask=mask)
