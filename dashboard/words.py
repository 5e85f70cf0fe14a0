"""Numbers of things and spans of time, as people say them."""

from datetime import timedelta

UNITS = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))


def span(time: timedelta) -> str:
    """`12 s`, `4 min`, `3 h 20 min`, `2 d`: two units while the first is hours."""
    seconds = max(int(time.total_seconds()), 0)
    for unit, size in UNITS:
        if seconds >= size:
            rest = seconds % size // 60
            return f"{seconds // size} {unit}" + (f" {rest} min" if unit == "h" and rest else "")
    return "0 s"


def counted(number: int, thing: str, things: str | None = None) -> str:
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
