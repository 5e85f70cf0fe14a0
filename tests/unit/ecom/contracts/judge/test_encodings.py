"""What bytes that are not UTF-8 probably are."""

import pytest

from ecom.contracts.judge.encodings import why_not_utf8


def first_bad(value: bytes) -> int:
    with pytest.raises(UnicodeDecodeError) as error:
        value.decode()
    return error.value.start


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        (b"\x1f\x8b\x08\x00", "gzip data"),
        (b"\x28\xb5\x2f\xfd\x04", "zstd data"),
        (b"\xff\x06\x00\x00sNaPpY", "snappy data"),
        (b"\xff\xfe{\x00", "UTF-16 text (little-endian byte order mark)"),
        (b"\x00\x00\x00\x00\x2a\x02\xff\xfe", "a schema registry's prefix (Confluent, schema id 42), then binary data"),
        ('{"name": "Müller"}'.encode("latin-1"), "text in Latin-1 or Windows-1252 looks like this"),
        (b"\x02\xff\xfe\xfd", "not UTF-8"),
    ],
)
def test_known_beginnings_are_named(value: bytes, cause: str) -> None:
    assert cause in why_not_utf8(value, first_bad(value))


def test_the_place_and_the_bytes_from_there_are_shown() -> None:
    value = b'{"a": "' + b"\xc3\x28" + b"x" * 100
    shown = why_not_utf8(value, first_bad(value))
    assert shown.startswith("byte 8: ") and "bytes from there: c3 28 78" in shown
    assert shown.count(" 78") == 22, "24 bytes are enough to see what it is"
