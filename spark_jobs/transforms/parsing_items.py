"""The order's items: an array of objects, each member judged like a top-level field."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ecom.contracts.model import Field
from spark_jobs.transforms.parsing_fields import Found, Judged, Reason, broken_rules, judge_field
from spark_jobs.transforms.parsing_json import at, kind, text_of

ITEM_COLUMNS = ("product_id", "product_name", "category", "quantity", "unit_price")


def with_items(messages: DataFrame, items: Field, document: str, digits: Column) -> DataFrame:
    """Adds `_value_items`, `_kind_items` (VOID, ARRAY, OTHER or null), `_items`, `_item_reasons`.

    Each step is a column of its own, since inside a lambda Spark shares no common subexpression.
    """
    value, array = F.col("_value_items"), F.col("_items_found")
    kinds = F.when(F.is_variant_null(value), "VOID").when(array.isNotNull(), "ARRAY").when(value.isNotNull(), "OTHER")
    return (
        messages.withColumn("_value_items", at(F.col(document), items.path))
        .withColumn("_items_found", F.try_variant_get("_value_items", "$", "array<variant>"))
        .withColumn("_kind_items", kinds)
        .withColumn("_items_found", F.transform(array, lambda item: _values(item, items)))
        .withColumn("_items_found", F.transform(array, lambda item: _kinds(item, items)))
        .withColumn("_items_judged", F.transform(array, lambda item, index: _judged(item, index, items, digits)))
        .withColumn("_items", F.transform("_items_judged", lambda item: item["value"]))
        .withColumn("_item_reasons", F.flatten(F.transform("_items_judged", lambda item: item["reasons"])))
    )


def judge_items(items: Field) -> Judged:
    """The whole array's value and reasons; the members' reasons are in `_item_reasons`."""
    found, name = F.col("_kind_items"), F.lit("items")
    missing = found.isNull() | (found == "VOID")
    reasons = [Reason(name, "wrong_type", text_of(F.col("_value_items")), found == "OTHER")]
    if items.required:
        reasons.append(Reason(name, "missing", F.when(found == "VOID", F.lit("null")), missing))
    return Judged(F.col("_items"), reasons)


def _values(item: Column, items: Field) -> Column:
    members = [at(item, field.path).alias(f"value_{field.name}") for field in items.fields]
    return F.struct(item.alias("item"), kind(item).startswith("OBJECT").alias("is_object"), *members)


def _kinds(item: Column, items: Field) -> Column:
    names = [field.name for field in items.fields]
    kinds = [kind(item[f"value_{name}"]).alias(f"kind_{name}") for name in names]
    texts = [text_of(item[f"value_{name}"]).alias(f"text_{name}") for name in names]
    values = [item[f"value_{name}"].alias(f"value_{name}") for name in names]
    return F.struct(item["item"].alias("item"), item["is_object"].alias("is_object"), *values, *kinds, *texts)


def _judged(item: Column, index: Column, items: Field, digits: Column) -> Column:
    """struct<value: the typed item, reasons: array of what it breaks>."""
    prefix = F.concat(F.lit("items["), index.cast("string"), F.lit("]"))
    judged = {}
    for field in items.fields:
        value, its_kind, text = (item[f"{part}_{field.name}"] for part in ("value", "kind", "text"))
        found = Found(value, its_kind, text, digits, broker_micros=F.lit(None))
        judged[field.name] = judge_field(field, found, F.concat(prefix, F.lit(f".{field.name}")))
    members = F.struct(*(judged[name].value.alias(name) for name in ITEM_COLUMNS))
    no_object = F.array(Reason(prefix, "wrong_type", text_of(item["item"]), F.lit(True)).struct())
    reasons = F.when(item["is_object"], broken_rules(judged.values())).otherwise(no_object)
    return F.struct(members.alias("value"), reasons.alias("reasons"))
