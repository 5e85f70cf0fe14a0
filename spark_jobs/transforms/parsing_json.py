"""Strict JSON (RFC 8259) in Spark SQL expressions: one VARIANT a message, or null."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F


def with_document(messages: DataFrame, text: str, document: str) -> DataFrame:
    """Adds column `document`: the VARIANT of the JSON text in column `text`; null where that is not one JSON value.

    `try_parse_json` refuses single quotes, duplicate keys, NaN and the like, but takes trailing text. So the text is
    parsed inside `{"v": TEXT, "SEAL": 0}` and must give exactly these two keys. The seal is the text's own SHA-256,
    which the text cannot contain: it is read only if the parser got through the whole text, and nothing in the text
    can close our braces early or add keys of its own. (Costs one parse, where `[TEXT]` and `{"v": TEXT}` cost two.)
    """
    sealed = F.concat(F.lit('{"v":'), F.col(text), F.lit(',"'), F.col("_seal"), F.lit('":0}'))
    whole = (F.size("_wrapped") == 2) & F.map_contains_key("_wrapped", F.col("_seal"))
    return (
        messages.withColumn("_seal", F.sha2(F.col(text), 256))
        .withColumn("_wrapped", F.try_parse_json(sealed).try_cast("map<string,variant>"))
        .withColumn(document, F.when(whole, F.col("_wrapped").getItem("v")))
        .drop("_seal", "_wrapped")
    )


def starts_object(text: Column) -> Column:
    """Whether valid JSON text is an object (cheaper than to ask the VARIANT for its whole schema)."""
    return F.substring(F.ltrim(text, F.lit(" \t\r\n")), 1, 1) == "{"


def at(document: Column, path: tuple[str, ...]) -> Column:
    """The VARIANT at object keys `path`; SQL null where there is none."""
    return F.try_variant_get(document, "$" + "".join(f"['{key}']" for key in path), "variant")


def kind(value: Column) -> Column:
    """BIGINT, DECIMAL(p,s), DOUBLE, STRING, BOOLEAN, VOID (JSON null), OBJECT<…> or ARRAY<…>; null where absent."""
    return F.schema_of_variant(value)


def text_of(value: Column) -> Column:
    """A string's content, a number's plain decimal notation, other values as JSON."""
    return F.try_variant_get(value, "$", "string")
