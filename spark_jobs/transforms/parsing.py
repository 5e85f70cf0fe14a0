"""Judge Bronze records by their contract: typed columns, and every reason why a record is not accepted.

Everything is a Spark SQL expression, so the same function serves batch and stream, and Photon-like engines may run it.
The stages are projections of their own: Spark does not merge two projections where the upper uses a costly
expression of the lower more than once, so each message is parsed once, each field found once.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ecom.contracts.currencies import MINOR_DIGITS
from ecom.contracts.model import Contract, Field
from spark_jobs.transforms.parsing_fields import REASON, Found, Judged, Reason, broken_rules, judge_field
from spark_jobs.transforms.parsing_items import judge_items, with_items
from spark_jobs.transforms.parsing_json import at, kind, starts_object, text_of, with_document

MESSAGE = "$"  # how reasons call the message as a whole
MOST_REASONS = 100  # a megabyte of bad items shall not become ten megabytes of reasons
COLUMNS = {
    "orders": ("event_id", "order_id", "user_id", "items", "currency", "total_amount", "status", "event_ts"),
    "payments": ("event_id", "payment_id", "order_id", "amount", "currency", "status", "method", "event_ts"),
}


def judge(raw: DataFrame, contract: Contract) -> DataFrame:
    """Bronze rows in, the same rows with typed columns, `event_date`, `reasons` and `contract_version` out.

    `raw`: raw_key, raw_value string, raw_bytes binary, kafka_timestamp and any other columns. `reasons`:
    array<struct<field, rule, found: string>>, empty where the record is accepted; only then are all typed columns
    sound. Persist the result before it is filtered several ways: Spark evaluates a pushed-down filter's expressions
    again.
    """
    scalars = [field for field in contract.fields if field.type != "array"]
    items = contract.field("items")
    found = raw.transform(with_document, "raw_value", "_document").transform(_with_found, scalars)
    if items is not None:
        found = found.transform(with_items, items, "_document", _digits())
    judged = {field.name: judge_field(field, _found(field.name), F.lit(field.name)) for field in scalars}
    if items is not None:
        judged["items"] = judge_items(items)
    typed = found.withColumns(_typed_columns(contract, judged))
    verdict = typed.withColumns(
        {
            "event_date": _utc_date(F.col("event_ts")),
            "reasons": _reasons(judged, items),
            "contract_version": F.lit(contract.version),
        }
    )
    ours = [*COLUMNS[contract.subject], "event_date", "reasons", "contract_version"]
    return verdict.select(*raw.columns, *ours)


def _with_found(messages: DataFrame, fields: list[Field]) -> DataFrame:
    """Adds `_value_F`, `_kind_F`, `_text_F` of each field F, `_digits` of the currency."""
    values = {f"_value_{f.name}": at(F.col("_document"), f.path) for f in fields}
    kinds = {f"_kind_{f.name}": kind(F.col(f"_value_{f.name}")) for f in fields}
    texts = {f"_text_{f.name}": text_of(F.col(f"_value_{f.name}")) for f in fields}
    found = messages.withColumns(values).withColumns(kinds | texts)
    return found.withColumn("_digits", _minor_digits(F.col("_kind_currency"), F.col("_text_currency")))


def _found(name: str) -> Found:
    value, its_kind, text = (F.col(f"_{part}_{name}") for part in ("value", "kind", "text"))
    return Found(value, its_kind, text, _digits(), F.unix_micros("kafka_timestamp"))


def _digits() -> Column:
    return F.col("_digits")


def _minor_digits(kind: Column, code: Column) -> Column:
    digits = F.lit(None).cast("int")
    for count in sorted(set(MINOR_DIGITS.values())):
        codes = [code for code, digits in MINOR_DIGITS.items() if digits == count]
        digits = F.when(code.isin(*codes), F.lit(count)).otherwise(digits)
    return F.when(kind == "STRING", digits)


def _typed_columns(contract: Contract, judged: dict[str, Judged]) -> dict[str, Column]:
    absent = F.lit(None).cast("string")
    columns = {name: judged[name].value if name in judged else absent for name in COLUMNS[contract.subject]}
    columns["event_id"] = F.coalesce(columns["event_id"], derived_event_id())
    if "payment_id" in columns:
        columns["payment_id"] = F.coalesce(columns["payment_id"], F.concat(F.lit("synthetic:"), columns["event_id"]))
    return columns


def derived_event_id() -> Column:
    """An id that every copy of a record shares: SHA-256 over key and value, each led by its length in bytes."""
    key, value = F.col("raw_key"), F.coalesce(F.col("raw_value").cast("binary"), F.col("raw_bytes"), F.lit(b""))
    sizes = F.concat_ws(":", F.coalesce(F.octet_length(key), F.lit(-1)), F.octet_length(value), F.lit(""))
    content = F.concat(sizes.cast("binary"), F.coalesce(key, F.lit("")).cast("binary"), value)
    return F.concat(F.lit("derived:"), F.sha2(content, 256))


def _utc_date(instant: Column) -> Column:
    """The UTC day, whatever the session's time zone."""
    return F.date_from_unix_date(F.floor(F.unix_seconds(instant) / 86_400).cast("int"))


def _reasons(judged: dict[str, Judged], items: Field | None) -> Column:
    by_field = broken_rules(judged.values())
    if items is not None:
        by_field = F.concat(by_field, F.coalesce(F.col("_item_reasons"), F.array().cast(f"array<{REASON}>")))
    document, raw = F.col("_document"), F.col("raw_value")
    unreadable = F.hex(F.substring("raw_bytes", 1, 100))
    whole = (
        F.when(F.col("raw_bytes").isNotNull(), F.array(_whole("invalid_utf8", unreadable)))
        .when(raw.isNull(), F.array(_whole("null_value", F.lit(None).cast("string"))))
        .when(document.isNull(), F.array(_whole("not_json", raw)))
        .when(~starts_object(raw), F.array(_whole("wrong_type", raw)))
    )
    return whole.otherwise(F.slice(by_field, 1, MOST_REASONS)).cast(f"array<{REASON}>")


def _whole(rule: str, found: Column) -> Column:
    return Reason(F.lit(MESSAGE), rule, found, F.lit(True)).struct()
