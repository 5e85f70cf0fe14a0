"""Bytes that are not UTF-8: what they probably are."""

_MAGIC = (
    (b"\x1f\x8b", "gzip data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"\xff\x06\x00\x00sNaPpY", "snappy data"),
    (b"\x82SNAPPY\x00", "snappy data"),
    (b"\x04\x22\x4d\x18", "lz4 data"),
    (b"Obj\x01", "an Avro file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\xff\xfe", "UTF-16 text (little-endian byte order mark)"),
    (b"\xfe\xff", "UTF-16 text (big-endian byte order mark)"),
)
_AROUND = 24


def why_not_utf8(value: bytes, at: int) -> str:
    """Place and cause, and the bytes there in hexadecimal. `at` is the first byte that is not UTF-8."""
    around = value[at : at + _AROUND].hex(" ")
    return f"byte {at + 1}: {_cause(value, at)}; bytes from there: {around}"


def _cause(value: bytes, at: int) -> str:
    for magic, what in _MAGIC:
        if value.startswith(magic):
            return what
    if value[:1] == b"\x00" and len(value) > 5:
        schema = int.from_bytes(value[1:5], "big")
        return f"a schema registry's prefix (Confluent, schema id {schema}), then binary data"
    if value[:1] in (b"{", b"[") and value.count(0) == 0 and not value[:at].strip(b"\t\r\n").count(b"\x1b"):
        return "not UTF-8; text in Latin-1 or Windows-1252 looks like this"
    return "not UTF-8"
