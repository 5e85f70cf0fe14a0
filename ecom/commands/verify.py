"""`ecom verify`: is what is stored what the clean tables give?"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ecom.base.errors import ExitCode
from ecom.base.settings import load_settings

if TYPE_CHECKING:
    from ecom.trust.comparison import Verification


def register(app: typer.Typer) -> None:
    app.command("verify")(verify_lake)


def verify_lake(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Recompute order_state and Gold from the clean tables, compare Silver with Bronze, and report each difference;
    exit 1 on any, and where a table could not be compared.

    Example: ecom verify --json
    """
    from ecom.base.progress import log_to_terminal
    from ecom.pipeline import spark_session
    from ecom.stack.ready import check_s3, check_trino
    from ecom.trust.verify import verify

    log_to_terminal()
    settings = load_settings()
    check_s3(settings)
    check_trino(settings)
    with spark_session(settings) as spark:
        found = verify(spark, settings)
    print(json.dumps(asdict(found) | {"ok": found.is_clean}, indent=2) if as_json else as_text(found))
    if not found.is_clean:
        raise typer.Exit(ExitCode.FINDING)


def as_text(found: "Verification") -> str:
    """A line a table, its first differences below, and what to type next."""
    lines = []
    for c in found.comparisons:
        verdict = "as recomputed" if c.differences == 0 else f"{c.differences:,} differences"
        lines.append(f"{c.table}: {c.rows:,} rows, recomputed {c.expected_rows:,}: {verdict}")
        lines += [f"  {example}" for example in c.examples]
        if c.differences > len(c.examples):
            lines.append(f"  … and {c.differences - len(c.examples):,} more")
    lines += found.uncompared
    lines += [f"re-stamped event: {text}" for text in found.restamped]
    lines += [f"note: {text}" for text in found.notes]
    if any(c.differences for c in found.comparisons):
        lines.append(
            "If Gold is only behind, `ecom run gold` brings it up to date; `ecom run silver --rebuild` rebuilds."
        )
    return "\n".join(lines)
