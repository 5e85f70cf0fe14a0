"""Pure text work of `ecom sql`: statements apart, and values as JSON, CSV or table cells."""

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

# What a semicolon may hide in: 'text' and "name" (the quote doubled inside), -- to the end of the line, /* */.
_TOKEN = re.compile(
    r"""(?P<quoted> '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z) )
      | (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
      | (?P<end> ; )
      | (?P<other> [^'";/-]+ | . )""",
    re.VERBOSE | re.DOTALL,
)

# DEL, the C1 controls and what turns the direction of writing: JSON leaves them as they are, and terminals obey.
_COMMANDS = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def split_statements(text: str) -> list[str]:
    """The statements in `text`, without their semicolons; parts of only space and comments are left out."""
    statements, parts, says_something = [], list[str](), False
    for token in [*_TOKEN.finditer(text), None]:
        if token is None or token.lastgroup == "end":
            if says_something:
                statements.append("".join(parts).strip())
            parts, says_something = [], False
            continue
        parts.append(token.group())
        says_something |= token.lastgroup != "comment" and not token.group().isspace()
    return statements


def json_value(value: Any) -> Any:
    """`value` in JSON's types: decimals as strings, timestamps ISO 8601, bytes base64, NaN and infinity as strings."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else _not_finite(value)
        case Decimal():
            return format(value, "f")
        case datetime() | date() | time():
            return value.isoformat().replace("+00:00", "Z")
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case Mapping():
            return {_key(k): json_value(v) for k, v in value.items()}
        case tuple():
            return _row(value)
        case list():
            return [json_value(v) for v in value]
    return str(value)  # uuid, intervals


def text_value(value: Any) -> str:
    """`value` as one cell: what JSON has as text is bare, what it nests is JSON."""
    plain = json_value(value)
    if isinstance(plain, str):
        return plain
    return "" if plain is None else json_text(plain)


def unique_names(names: Sequence[str]) -> list[str]:
    """JSON keys for columns: a repeated name gets the next free suffix (`a`, `a_2`)."""
    taken, unique = set(names), list[str]()
    for name in names:
        free, n = name, 1
        while free in unique or (n > 1 and free in taken):
            n += 1
            free = f"{name}_{n}"
        unique.append(free)
    return unique


def json_text(value: Any, indent: int | None = None) -> str:
    """`value` as JSON whose readable characters stand as they are. Those that command a terminal are escaped, which
    JSON allows: so it is the same document in a file."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _COMMANDS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def json_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The text of one JSON list of objects, an object a line, as the rows come."""
    keys, before = unique_names(columns), "["
    for row in rows:
        yield f"{before}\n  " + json_text(dict(zip(keys, map(json_value, row), strict=True)))
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> Iterator[str]:
    """Aligned lines: header, rule, rows. `right` says which columns hold numbers."""
    shown = [[one_line(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[i]) for row in shown) for i in range(len(columns))]
    shown.insert(1, ["-" * width for width in widths])
    for row in shown:
        cells = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)]
        yield "  ".join(cells).rstrip() + "\n"


def one_line(cell: str) -> str:
    """Control characters shown, not obeyed: a stored value may not move the reader's cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cell)


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


def _key(key: Any) -> str:
    return key if isinstance(key, str) else text_value(key)


def _row(row: tuple[Any, ...]) -> dict[str, Any]:
    names = getattr(row, "__annotations__", {}).get("names") or [None] * len(row)
    keys = unique_names([name or f"field{i}" for i, name in enumerate(names)])
    return dict(zip(keys, map(json_value, row), strict=True))
