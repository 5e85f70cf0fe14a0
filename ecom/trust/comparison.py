"""One table against its recomputation, row by row."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

SHOWN = 20


@dataclass(frozen=True)
class Comparison:
    """How many rows each side has, and the first differences as text."""

    table: str
    rows: int
    expected_rows: int
    differences: int
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Verification:
    """`restamped` lists event ids that were accepted under two dates: a producer's retry across midnight. `notes` say
    what there is not to compare; `uncompared`, which table could not be compared, and why: then nothing vouches for it.
    """

    comparisons: list[Comparison]
    restamped: list[str]
    notes: list[str] = field(default_factory=list)
    uncompared: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Every table could be compared, and none differs."""
        return not self.uncompared and all(c.differences == 0 for c in self.comparisons)


def compare(
    table: str, actual: DataFrame, expected: DataFrame, key: Sequence[str], columns: Sequence[str]
) -> Comparison:
    """Row by row on `key`, null-safe on `columns`. A key that stands twice in `actual` is a difference too."""
    sides = [
        df.groupBy(*key).agg(F.collect_list(F.struct(*columns)).alias(side))
        for df, side in ((actual, "actual"), (expected, "expected"))
    ]
    differing = sides[0].join(sides[1], list(key), "full").where(~F.col("actual").eqNullSafe(F.col("expected")))
    differing = differing.persist()
    rows = differing.orderBy(*key).limit(SHOWN).collect()
    examples = [
        f"{', '.join(str(row[k]) for k in key)}: stored {_text(row['actual'], columns, row['expected'])}, "
        f"expected {_text(row['expected'], columns, row['actual'])}"
        for row in rows
    ]
    result = Comparison(table, actual.count(), expected.count(), differing.count(), examples)
    differing.unpersist()
    return result


def _text(found: list[object] | None, columns: Sequence[str], other: list[object] | None) -> str:
    """The columns that differ from the other side's, when both sides have the row once."""
    if not found:
        return "no row"
    if len(found) > 1:
        return f"{len(found)} rows"
    mine, theirs = found[0], other[0] if other and len(other) == 1 else None
    pairs = [(c, mine[c]) for c in columns if theirs is None or mine[c] != theirs[c]]  # type: ignore[index]
    return ", ".join(f"{name} {value}" for name, value in pairs)
