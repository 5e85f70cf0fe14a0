"""Forms in which a text says a time: lenient ISO 8601, and patterns in the letters of Java's DateTimeFormatter."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

ISO, LENIENT_ISO = "iso8601", "iso8601_lenient"
EPOCHS = ("epoch_seconds", "epoch_millis", "epoch_micros", "epoch_nanos")
NAMED = (ISO, LENIENT_ISO, *EPOCHS)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_TWO, _ONE_OR_TWO = "[0-9]{2}", "[0-9]{1,2}"
_OFFSETS = {
    "X": r"Z|[+-][0-9]{2}(?:[0-9]{2})?",
    "XX": r"Z|[+-][0-9]{4}",
    "XXX": r"Z|[+-][0-9]{2}:[0-9]{2}",
    "x": r"[+-][0-9]{2}(?:[0-9]{2})?",
    "xx": r"[+-][0-9]{4}",
    "xxx": r"[+-][0-9]{2}:[0-9]{2}",
    "Z": r"[+-][0-9]{4}",
}
_LETTERS = {
    "yyyy": ("year", "[0-9]{4}"),
    "uuuu": ("year", "[0-9]{4}"),
    "MM": ("month", _TWO),
    "M": ("month", _ONE_OR_TWO),
    "MMM": ("month_name", "|".join(MONTHS)),
    "dd": ("day", _TWO),
    "d": ("day", _ONE_OR_TWO),
    "HH": ("hour", _TWO),
    "H": ("hour", _ONE_OR_TWO),
    "hh": ("half_hour", _TWO),
    "h": ("half_hour", _ONE_OR_TWO),
    "a": ("half", "AM|PM"),
    "mm": ("minute", _TWO),
    "m": ("minute", _ONE_OR_TWO),
    "ss": ("second", _TWO),
    "s": ("second", _ONE_OR_TWO),
    "EEE": ("weekday", "|".join(DAYS)),
    **{"S" * digits: ("fraction", f"[0-9]{{{digits}}}") for digits in range(1, 10)},
    **{letters: ("offset", text) for letters, text in _OFFSETS.items()},
}
_NUMBERS = frozenset("yuMdHhmsS")
_PART = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']", re.DOTALL)
_RESERVED = frozenset("[]{}#'")
_LENIENT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[Tt ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_STRICT = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]+))?)?(?P<offset>Z|[+-][0-9]{2}:[0-9]{2})?"
)
_MOST_OFFSET = 18 * 60


class PatternError(ValueError):
    """The message says what is wrong with a pattern of date and time."""


class WallTime(NamedTuple):
    """`clock` to the second, without a zone; None in the year 0, which Python does not know. `offset` is how many
    minutes the clock is ahead of UTC; None: the text does not say."""

    clock: datetime | None
    micros: int
    offset: int | None


Form = Callable[[str], WallTime | None]


def form_of(name: str) -> Form:
    """From a text to the time that it says; None: it is not of this form. Raises PatternError."""
    if name in (ISO, LENIENT_ISO):
        return _reading(_STRICT if name == ISO else _LENIENT)
    return _reading(re.compile("".join(text for _, text in _parts(name))))


def says_offset(pattern: str) -> bool:
    """Whether texts of this pattern say how far they are ahead of UTC."""
    return any(name == "offset" for name, _ in _parts(pattern))


def check_pattern(pattern: str) -> str | None:
    """What is wrong with it; None: nothing."""
    try:
        names = [name for name, _ in _parts(pattern) if name]
    except PatternError as error:
        return str(error)
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated:
        return f"has the {repeated.replace('_', ' ')} twice"
    missing = next((what for what in ("year", "month", "day") if not {what, f"{what}_name"} & {*names}), None)
    if missing:
        return f"has no {missing}"
    if {"month", "month_name"} <= {*names} or {"hour", "half_hour"} <= {*names}:
        return "says month or hour in two ways"
    if ("half" in names) != ("half_hour" in names):
        return "needs both `h` and `a` for a clock of twelve hours; one of 24 is `H`"
    return _gap(names)


def _gap(names: list[str]) -> str | None:
    clock = ["hour" if {"hour", "half_hour"} & {*names} else "", *("minute", "second", "fraction")]
    held = [bool(name) and (name in names or name == "hour") for name in clock]
    finest = max((at for at, is_held in enumerate(held) if is_held), default=-1)
    missing = next(
        (name or "hour" for name, is_held in zip(clock[: finest + 1], held, strict=False) if not is_held), None
    )
    return f"has a finer part and no {missing}" if missing else None


def _parts(pattern: str) -> Iterator[tuple[str, str]]:
    """The name of each part (none for plain text) and its regular expression. Raises PatternError."""
    at, before = 0, ""
    while at < len(pattern):
        match = _PART.match(pattern, at)
        if match is None:
            raise PatternError("has a quote that is not closed")
        part, quoted, letter = match[0], match[1], match[2]
        if quoted is not None:
            yield "", re.escape(quoted.replace("''", "'") if quoted else "'")
        elif letter:
            yield _letters(part, before)
        elif part in _RESERVED:
            raise PatternError(f"`{part}` must be in quotes")
        else:
            yield "", re.escape(part)
        before, at = part if letter else "", match.end()


def _letters(part: str, before: str) -> tuple[str, str]:
    if part not in _LETTERS:
        raise PatternError(
            f"`{part}` is none of {', '.join(key for key in _LETTERS if key[0] != 'S')} and S to SSSSSSSSS"
        )
    if len(before) == 1 and before in _NUMBERS - {"S"} and part[0] in _NUMBERS and part != "MMM":
        raise PatternError(f"`{before}` before `{part}` does not say where the one number ends; write `{before * 2}`")
    name, text = _LETTERS[part]
    return name, f"(?P<{name}>{text})"


def _reading(form: re.Pattern[str]) -> Form:
    names = form.groupindex.keys()

    def read(text: str) -> WallTime | None:
        match = form.fullmatch(text)
        return None if match is None else _time({name: match[name] for name in names if match[name] is not None})

    return read


def _time(found: dict[str, str]) -> WallTime | None:
    offset = _offset(found.get("offset"))
    hour = _hour(found)
    if offset is False or hour is None:
        return None
    month = MONTHS.index(found["month_name"]) + 1 if "month_name" in found else int(found["month"])
    year = int(found["year"])
    try:
        clock = datetime(
            year or 4, month, int(found["day"]), hour, int(found.get("minute", 0)), int(found.get("second", 0))
        )
    except ValueError:
        return None
    if "weekday" in found and DAYS[clock.weekday()] != found["weekday"] and year:
        return None
    micros = int(found.get("fraction", "0")[:6].ljust(6, "0"))
    return WallTime(clock if year else None, micros, offset)


def _hour(found: dict[str, str]) -> int | None:
    if "half" not in found:
        return int(found.get("hour", 0))
    hour = int(found["half_hour"])
    return hour % 12 + (12 if found["half"] == "PM" else 0) if 1 <= hour <= 12 else None


def _offset(text: str | None) -> int | bool | None:
    """Minutes ahead of UTC; None: nothing is said; False: there is no such offset."""
    if text is None or text in ("Z", "z"):
        return None if text is None else 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    total = hours * 60 + minutes
    if minutes > 59 or total > _MOST_OFFSET:
        return False
    return -total if text[0] == "-" else total
