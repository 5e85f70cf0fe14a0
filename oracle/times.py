"""Times as texts and numbers say them, letter by letter, and what a time zone's clock means by one."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

SECOND_US = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Of an epoch's unit: by how many digits its integer is moved to microseconds.
SHIFTS = {"epoch_seconds": 6, "epoch_millis": 3, "epoch_micros": 0, "epoch_nanos": -3}
MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
DAYS = "MonTueWedThuFriSatSun"
TOO_EARLY, TOO_LATE = -(10**30), 10**30
NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?")
LENIENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
STRICT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


class TwiceError(ValueError):
    """A clock shows this time twice, or never."""


def from_number(text: str, form: str) -> int | None:
    """Microseconds since 1970; finer digits are cut off. Seconds alone may have a fraction."""
    match = NUMBER.fullmatch(text)
    if not match or (match[3] and form != "epoch_seconds"):
        return None
    sign, whole, fraction = -1 if match[1] else 1, match[2], match[3] or ""
    if len(whole) > 30:
        return TOO_EARLY if sign < 0 else TOO_LATE
    shift = SHIFTS[form]
    digits = whole + fraction.ljust(shift, "0")[:shift] if shift >= 0 else whole[:shift] or "0"
    return sign * int(digits)


def from_text(text: str, form: str, zone: str | None, twice: str) -> int | None:
    """Microseconds since 1970, None: no such time. Raises TwiceError."""
    if form in ("iso8601", "iso8601_lenient"):
        found = _iso(text, LENIENT if form == "iso8601_lenient" else STRICT)
    else:
        found = _by_pattern(text, form)
    return None if found is None else _instant(found, zone, twice)


def _iso(text: str, form: re.Pattern[str]) -> dict[str, Any] | None:
    match = form.fullmatch(text)
    if not match:
        return None
    names = ("y", "M", "d", "H", "m", "s")
    found: dict[str, Any] = {name: int(part or 0) for name, part in zip(names, match.groups(), strict=False)}
    return found | {"S": match[7] or "", "X": match[8]}


def _by_pattern(text: str, pattern: str) -> dict[str, Any] | None:
    """Walks along both. In the pattern, letters stand for parts, quotes and the rest for themselves."""
    found: dict[str, Any] = {}
    at = here = 0
    while at < len(pattern):
        letter = pattern[at]
        if letter.isalpha():
            run = len(pattern[at:]) - len(pattern[at:].lstrip(letter))
            taken = _take(text[here:], letter, run, found)
            at += run
        else:
            plain, at = _quoted(pattern, at) if letter == "'" else (letter, at + 1)
            taken = len(plain) if text.startswith(plain, here) else None
        if taken is None:
            return None
        here += taken
    return found if here == len(text) else None


def _quoted(pattern: str, at: int) -> tuple[str, int]:
    """The plain text that begins with the quote at `at`, and where the pattern goes on; two quotes are one."""
    if pattern.startswith("''", at):
        return "'", at + 2
    end, plain = at + 1, ""
    while pattern[end] != "'" or pattern[end : end + 2] == "''":
        plain += pattern[end]
        end += 2 if pattern[end] == "'" else 1
    return plain, end + 1


def _take(text: str, letter: str, run: int, found: dict[str, Any]) -> int | None:
    """How many characters the part takes; None: it is not there."""
    names = {("M", 3): MONTHS, ("E", 3): DAYS}.get((letter, run))
    if names:
        where = names.find(text[:3])
        found[letter] = where // 3 + 1
        return 3 if len(text) >= 3 and where >= 0 and where % 3 == 0 else None
    if letter == "a":
        found["a"] = text[:2]
        return 2 if text[:2] in ("AM", "PM") else None
    if letter in "XxZ":
        return _take_offset(text, letter, run, found)
    wanted = run if run > 1 or letter == "S" else 1 + _are_digits(text[1:2])
    digits = text[:wanted]
    if len(digits) < wanted or not _are_digits(digits):
        return None
    found["y" if letter == "u" else letter] = digits if letter == "S" else int(digits)
    return wanted


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _take_offset(text: str, letter: str, run: int, found: dict[str, Any]) -> int | None:
    if letter == "X" and text[:1] == "Z":
        found["X"] = "Z"
        return 1
    forms = {1: r"[+-]\d\d(?:\d\d)?", 2: r"[+-]\d{4}", 3: r"[+-]\d\d:\d\d"}
    match = re.match(forms[2 if letter == "Z" else run], text, re.ASCII)
    if not match:
        return None
    found["X"] = match[0]
    return len(match[0])


def _instant(found: dict[str, Any], zone: str | None, twice: str) -> int | None:
    hour, offset = _hour(found), _minutes(found.get("X"))
    minute, second = found.get("m", 0), found.get("s", 0)
    if hour is None or hour > 23 or minute > 59 or second > 59:
        return None
    if offset is None or (offset == "" and zone is None):
        return None
    try:
        day = date(found["y"] or 4, found["M"], found["d"])
    except ValueError:
        return None
    if not found["y"]:
        return TOO_EARLY
    if found.get("E") not in (None, day.isoweekday()):
        return None
    clock = datetime(day.year, day.month, day.day, hour, minute, second)
    ahead_us = offset * 60 * SECOND_US if isinstance(offset, int) else _ahead_us(clock, str(zone), twice)
    return _us(clock) + int(str(found.get("S", ""))[:6].ljust(6, "0")) - ahead_us


def _hour(found: dict[str, Any]) -> int | None:
    if "a" not in found:
        return int(found.get("H", 0))
    half = found["h"]
    return int(half % 12 + 12 * (found["a"] == "PM")) if 1 <= half <= 12 else None


def _minutes(offset: str | None) -> int | str | None:
    """Ahead of UTC; empty: it is not said; None: there is no such offset."""
    if offset is None:
        return ""
    if offset in ("Z", "z"):
        return 0
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    if int(digits[2:]) > 59 or minutes > 18 * 60:
        return None
    return -minutes if offset[0] == "-" else minutes


def _ahead_us(clock: datetime, zone: str, twice: str) -> int:
    """What the clock is ahead of UTC. Of the offsets that hold a day before and a day after, those count under which
    the instant shows the clock's time."""
    place = _place(zone)
    around = [_shifted(clock, days).replace(tzinfo=UTC).astimezone(place).utcoffset() for days in (-1, 1)]
    before, after = (offset or timedelta(0) for offset in around)
    if before == after:
        return _span(before)
    right = [offset for offset in (before, after) if _shows(clock, offset, place)]
    if len(right) != 1 and twice == "reject":
        raise TwiceError
    return _span(right[-1] if len(right) == 2 and twice == "later" else (right or [before])[0])


def _place(zone: str) -> Any:
    if zone[0] not in "+-":
        return UTC if zone == "UTC" else ZoneInfo(zone)
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return timezone(-ahead if zone[0] == "-" else ahead)


def _shows(clock: datetime, offset: timedelta, place: Any) -> bool:
    return bool((clock - offset).replace(tzinfo=UTC).astimezone(place).replace(tzinfo=None) == clock)


def _shifted(clock: datetime, days: int) -> datetime:
    """Not beyond the years that Python knows, nor so near to their ends that a zone leads beyond."""
    return min(max(clock, datetime(1, 1, 4)), datetime(9999, 12, 28)) + timedelta(days=days)


def _span(offset: timedelta) -> int:
    return offset // timedelta(microseconds=1)


def _us(clock: datetime) -> int:
    return _span(clock.replace(tzinfo=UTC) - EPOCH)
