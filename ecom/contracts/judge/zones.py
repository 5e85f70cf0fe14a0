"""Times on a wall clock to instants: what a time zone makes of one that its clock shows twice, or never."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_FIXED = re.compile(r"([+-])(0[0-9]|1[0-7]):([0-5][0-9])")
_NO_PLACES = {"localtime", "Factory", "posixrules"}
_MICROSECOND = timedelta(microseconds=1)
_ZERO = timedelta(0)


class AmbiguousTimeError(ValueError):
    """The message says why the clock's time is no single instant."""


@cache
def zone_of(name: str) -> tzinfo | None:
    """By its name in the IANA database, or as an offset such as `+01:00`; None: there is none of this name."""
    if name == "UTC":
        return UTC
    fixed = _FIXED.fullmatch(name)
    if fixed:
        sign, hours, minutes = fixed.groups()
        return timezone(timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1))
    return ZoneInfo(name) if name in available_timezones() - _NO_PLACES else None


def offset_us(zone: str, ambiguous: str) -> Callable[[datetime], int]:
    """From a wall clock's time (without a zone) to what it is ahead of UTC, in microseconds.

    `ambiguous` says what a time means that the clock shows twice: the `earlier` or the `later` one. One that it skips
    is read as if the clock had not been put forward. With `reject` either raises AmbiguousTimeError.
    """
    place = zone_of(zone)
    assert place is not None, "the contract was checked"

    def offset(local: datetime) -> int:
        first = local.replace(tzinfo=place, fold=0).utcoffset() or _ZERO
        second = local.replace(tzinfo=place, fold=1).utcoffset() or _ZERO
        if first != second and ambiguous == "reject":
            raise AmbiguousTimeError(f"{zone} {'skips this time' if first < second else 'has this time twice'}")
        is_later = first > second and ambiguous == "later"
        return (second if is_later else first) // _MICROSECOND

    return offset
