"""Instants: ISO 8601, numbers of seconds to nanoseconds since 1970, patterns; to microseconds since 1970."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ecom.contracts.judge.found import ABSENT
from ecom.contracts.judge.reading import Reader, missing_or_wrong
from ecom.contracts.judge.seen import Seen
from ecom.contracts.judge.strict_json import Integer, Number
from ecom.contracts.judge.time_forms import EPOCHS, ISO, LENIENT_ISO, form_of
from ecom.contracts.judge.zones import AmbiguousTimeError, offset_us
from ecom.contracts.model import Field
from ecom.contracts.rules import Rule

DAY_US = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_CLOCK = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE_US = 60_000_000
# ISO 8601 extended format, complete date, offset given. Seconds may be absent: Java's OffsetDateTime drops zeros.
_ISO_8601 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9])?(?:\.([0-9]+))?"
    r"(Z|[+-](?:(?:0[0-9]|1[0-7]):[0-5][0-9]|18:00))"
)
_LONGEST_NUMBER = 40  # digits; more is beyond every year that any reader shows
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
# Years 1 to 9999 in UTC, less two days at each end, so that every reader shows them in any time zone.
FIRST_US, LAST_US = -62_135_424_000_000_000, 253_402_128_000_000_000
_MILLIS = "epoch_millis"
_WORDS = {
    ISO: "ISO 8601",
    LENIENT_ISO: "ISO 8601, its offset as Z, +00, +0000 or +00:00",
    "epoch_seconds": "epoch seconds as a JSON number",
    _MILLIS: "epoch milliseconds as a JSON integer",
    "epoch_micros": "epoch microseconds as a JSON integer",
    "epoch_nanos": "epoch nanoseconds as a JSON integer",
}
_UNITS = dict(zip(EPOCHS, ("seconds", "milliseconds", "microseconds", "nanoseconds"), strict=True))
# By number of digits, for any time from 2001 to 2286.
_LOOKS_LIKE = {10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}
Parse = Callable[[str], int | None]


def read_timestamp(field: Field, name: str, is_event_time: bool) -> Reader:
    """An instant; that of the event may not be far ahead of both Kafka's clock and ours."""
    forms = (field.timestamp_format,) if field.timestamp_format else (ISO, _MILLIS)
    may_be_number = field.json_types != ("string",)
    of_text = _of_text(field, forms)
    of_integer, of_number = _of_integer(forms, may_be_number), _of_number(forms, may_be_number)
    wanted, unit = _wanted(field, forms), next((_UNITS[form] for form in forms if form in _UNITS), "")
    bounded = bounds(field, name, is_event_time, unit)

    def read(value: Any, seen: Seen) -> int | None:
        instant = None
        if type(value) is str:
            if of_text is not None:
                instant = of_text(value)
        elif type(value) is Integer:
            if of_integer is not None:
                instant = of_integer(value)
        elif of_number is not None and type(value) is Number:
            instant = of_number(value)
        if instant is None:
            missing_or_wrong(field, name, value, seen, wanted)
            return None
        return bounded(instant, value, seen)

    return read if field.time_zone is None else _refusing_ambiguous(name, read)


def read_record_time(field: Field, name: str) -> Reader:
    """The record's own timestamp, whatever the message says."""
    bounded = bounds(field, name, False, "")
    return lambda value, seen: bounded(seen.kafka_us, value, seen)


def bounds(field: Field, name: str, is_event_time: bool, unit: str) -> Callable[[int, Any, Seen], int]:
    """An instant within what every reader shows; what is out of the contract's bounds, or ahead of us, is noted."""
    low = FIRST_US if field.earliest is None else max(micros(field.earliest), FIRST_US)
    high = None if field.latest is None else micros(field.latest)
    if not is_event_time:  # that of the event is refused before, as in the future
        high = LAST_US if high is None else min(high, LAST_US)

    def bounded(instant: int, value: Any, seen: Seen) -> int:
        if is_event_time and instant > max(seen.kafka_us, seen.received_us) + DAY_US:
            seen.breaks(name, Rule.IN_THE_FUTURE, value, _unit_note(value, unit) or _clocks(seen))
        if instant < low or (high is not None and instant > high):
            record = f"the record's timestamp is {text_of(instant)}" if value is ABSENT else ""
            seen.breaks(name, Rule.OUT_OF_RANGE, value, _unit_note(value, unit) or record)
        return min(max(instant, FIRST_US), LAST_US)

    return bounded


def _of_text(field: Field, forms: tuple[str, ...]) -> Parse | None:
    form = forms[0]
    if form in EPOCHS:
        return _number_in_text(form) if "string" in field.json_types else None
    if form == ISO and field.time_zone is None:
        return from_iso_8601
    return _of_form(form, field.time_zone, field.ambiguous_time)


def _of_form(form: str, zone: str | None, ambiguous: str) -> Parse:
    parse, ahead_us = form_of(form), None if zone is None else offset_us(zone, ambiguous)

    def of_text(text: str) -> int | None:
        found = parse(text)
        if found is None:
            return None
        clock, fraction, offset = found
        if offset is None and ahead_us is None:
            return None
        if clock is None:
            return FIRST_US - 1
        ahead = ahead_us(clock) if offset is None and ahead_us is not None else (offset or 0) * _MINUTE_US
        return (clock - _EPOCH_CLOCK) // _MICROSECOND + fraction - ahead

    return of_text


def _of_integer(forms: tuple[str, ...], may_be_number: bool) -> Parse | None:
    form = next((form for form in forms if form in EPOCHS), None)
    return None if form is None or not may_be_number else _from_epoch(form)


def _of_number(forms: tuple[str, ...], may_be_number: bool) -> Parse | None:
    """Seconds alone may have a fraction."""
    return _from_seconds if forms == ("epoch_seconds",) and may_be_number else None


def _from_epoch(form: str) -> Parse:
    """From an integer's text."""
    factor = {"epoch_seconds": 1_000_000, _MILLIS: 1_000, "epoch_micros": 1, "epoch_nanos": 1}[form]
    cut = 3 if form == "epoch_nanos" else 0

    def from_epoch(text: str) -> int:
        if len(text) > _LONGEST_NUMBER:
            return FIRST_US - 1 if text.startswith("-") else LAST_US + 1
        if cut:
            text = text[:-cut] if len(text.lstrip("-")) > cut else "0"
        return int(text) * factor

    return from_epoch


def _from_seconds(text: str) -> int | None:
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction = match.groups()
    if len(whole) > _LONGEST_NUMBER:
        return FIRST_US - 1 if sign else LAST_US + 1
    instant = int(whole) * 1_000_000 + int((fraction or "")[:6].ljust(6, "0"))
    return -instant if sign else instant


def _number_in_text(form: str) -> Parse:
    from_epoch = _from_seconds if form == "epoch_seconds" else _from_epoch(form)
    return lambda text: from_epoch(text) if form == "epoch_seconds" or _INTEGER.fullmatch(text) else None


def _refusing_ambiguous(name: str, read: Reader) -> Reader:
    def read_zoned(value: Any, seen: Seen) -> Any:
        try:
            return read(value, seen)
        except AmbiguousTimeError as error:
            seen.breaks(name, Rule.AMBIGUOUS_TIME, value, str(error))
            return None

    return read_zoned


def _wanted(field: Field, forms: tuple[str, ...]) -> str:
    offset = " with offset" if field.time_zone is None else f", in {field.time_zone} where it has no offset"
    words = [f"ISO 8601{offset}" if form == ISO else _WORDS.get(form, f"a time as {form}") for form in forms]
    in_text = ", or as text" if forms[0] in EPOCHS and "string" in field.json_types else ""
    return " or ".join(words) + in_text


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
    instant = EPOCH + timedelta(microseconds=min(max(instant_us, FIRST_US), LAST_US))
    return instant.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _unit_note(value: Any, wanted: str) -> str:
    unit = _LOOKS_LIKE.get(len(value)) if type(value) is Integer else None
    return f"this looks like epoch {unit}; wanted: {wanted}" if unit and wanted and unit != wanted else ""


def _clocks(seen: Seen) -> str:
    return f"Kafka's timestamp {text_of(seen.kafka_us)}, received {text_of(seen.received_us)}"
