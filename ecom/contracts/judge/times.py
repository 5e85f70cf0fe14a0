"""Instants: ISO 8601 with an offset or epoch milliseconds, to microseconds since 1970."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from ecom.contracts.judge.reading import Reader, missing_or_wrong
from ecom.contracts.judge.seen import Seen
from ecom.contracts.judge.strict_json import Integer
from ecom.contracts.model import Field
from ecom.contracts.rules import Rule

DAY_US = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# ISO 8601 extended format, complete date, offset given. Seconds may be absent: Java's OffsetDateTime drops zeros.
_ISO_8601 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9])?(?:\.([0-9]+))?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-7]):[0-5][0-9]|18:00))"
)
_LONGEST_MILLIS = 17  # digits; more is beyond every year that any reader shows
# Years 1 to 9999 in UTC, less two days at each end, so that every reader shows them in any time zone.
FIRST_US, LAST_US = -62_135_424_000_000_000, 253_402_128_000_000_000
_FORMS = {"iso8601": "ISO 8601 with offset", "epoch_millis": "epoch milliseconds as a JSON integer"}
# By number of digits, for any time from 2001 to 2286.
_UNITS = {10: "seconds", 16: "microseconds", 19: "nanoseconds"}


def read_timestamp(field: Field, name: str, is_event_time: bool) -> Reader:
    """An instant; that of the event may not be far ahead of both Kafka's clock and ours."""
    forms = (field.timestamp_format,) if field.timestamp_format else tuple(_FORMS)
    takes_text, takes_millis = "iso8601" in forms, "epoch_millis" in forms
    wanted = " or ".join(_FORMS[form] for form in forms)
    low = None if field.earliest is None else micros(field.earliest)
    high = None if field.latest is None else micros(field.latest)

    def read(value: Any, seen: Seen) -> int | None:
        instant = None
        if takes_text and type(value) is str:
            instant = from_iso_8601(value)
        elif takes_millis and type(value) is Integer:
            instant = _from_millis(value)
        if instant is None:
            missing_or_wrong(field, name, value, seen, wanted)
            return None
        if is_event_time and instant > max(seen.kafka_us, seen.received_us) + DAY_US:
            seen.breaks(name, Rule.IN_THE_FUTURE, value, _unit_note(value) or _clocks(seen))
        if (low is not None and instant < low) or (high is not None and instant > high):
            seen.breaks(name, Rule.OUT_OF_RANGE, value, _unit_note(value))
        return min(max(instant, FIRST_US), LAST_US)

    return read


def from_iso_8601(text: str) -> int | None:
    """Microseconds since 1970, finer digits cut off; None: no such instant. The year 0 is before all that are shown."""
    match = _ISO_8601.fullmatch(text)
    if match is None:
        return None
    to_minute, seconds, fraction, offset = match.groups()
    if fraction and not seconds:
        return None
    if to_minute.startswith("0000"):
        return FIRST_US - 1 if from_iso_8601("0004" + text[4:]) is not None else None
    try:
        whole = datetime.fromisoformat(f"{to_minute}{seconds or ':00'}{'+00:00' if offset == 'Z' else offset}")
    except ValueError:
        return None
    return micros(whole) + int((fraction or "0")[:6].ljust(6, "0"))


def micros(instant: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (instant - EPOCH) // _MICROSECOND


def text_of(instant_us: int) -> str:
    """ISO 8601 in UTC, to the second."""
    return f"{EPOCH + timedelta(microseconds=min(max(instant_us, FIRST_US), LAST_US)):%Y-%m-%dT%H:%M:%SZ}"


def _from_millis(text: str) -> int:
    if len(text) > _LONGEST_MILLIS:
        return FIRST_US - 1 if text.startswith("-") else LAST_US + 1
    return int(text) * 1000


def _unit_note(value: Any) -> str:
    unit = _UNITS.get(len(value)) if type(value) is Integer else None
    return f"this looks like epoch {unit}; wanted: milliseconds" if unit else ""


def _clocks(seen: Seen) -> str:
    return f"Kafka's timestamp {text_of(seen.kafka_us)}, received {text_of(seen.received_us)}"
