"""Gold as Trino has it against Gold as it must be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from oracle.records import GoldRow, Minute, Oracle

COLUMNS = ("minute_bucket", "currency", *(field.name for field in fields(GoldRow)))


@dataclass(frozen=True)
class Difference:
    """`expected` is the oracle's; None for a row that should not be, or is not there."""

    minute_bucket: datetime
    currency: str
    column: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        where = f"{self.minute_bucket:%Y-%m-%d %H:%M} {self.currency} {self.column}"
        return f"{where}: oracle {self.expected}, Gold {self.found}"


def compare(gold_rows: Iterable[Sequence[Any] | Mapping[str, Any]], oracle: Oracle) -> list[Difference]:
    """Every difference, none when all is equal.

    A row is a mapping or a sequence of minute_bucket (a datetime; without a zone it is UTC), currency, gmv,
    refunded_amount, net_sales (decimals, or their text), paid_orders. Floats are refused: they have lost cents.
    """
    found: dict[Minute, GoldRow] = {}
    differences = []
    for row in gold_rows:
        key, values = _read(row)
        if key in found:
            differences.append(Difference(*key, "row", "one", "more than one"))
        found[key] = values
    for key in sorted(found.keys() | oracle.gold.keys()):
        differences += _differences(key, oracle.gold.get(key), found.get(key))
    return differences


def _differences(key: Minute, expected: GoldRow | None, found: GoldRow | None) -> list[Difference]:
    if expected is None or found is None:
        return [Difference(*key, "row", expected, found)]
    names = [field.name for field in fields(GoldRow)]
    pairs = [(name, getattr(expected, name), getattr(found, name)) for name in names]
    return [Difference(*key, name, one, other) for name, one, other in pairs if one != other]


def _read(row: Sequence[Any] | Mapping[str, Any]) -> tuple[Minute, GoldRow]:
    minute, currency, gmv, refunded, net, orders = [row[name] for name in COLUMNS] if isinstance(row, Mapping) else row
    if isinstance(minute, str):
        minute = datetime.fromisoformat(minute.removesuffix(" UTC"))
    minute = minute.replace(tzinfo=minute.tzinfo or UTC).astimezone(UTC)
    return (minute, currency), GoldRow(_decimal(gmv), _decimal(refunded), _decimal(net), int(orders))


def _decimal(value: Any) -> Decimal:
    if isinstance(value, float):
        raise TypeError(f"{value} is a float: read decimals")
    return Decimal(value)
