"""The account as a reader of a terminal sees it."""

import sys
from typing import Any

from ecom.base.sql_text import plain_table
from ecom.trust.account import Account, PartitionAccount

COLUMNS = ("topic", "partition", "end", "clean", "duplicate", "quarantined", "absent", "pending", "wrong")


def print_account(found: Account) -> None:
    """The table, what is absent and why, payments that count nowhere, problems, and what to type next."""
    _print_table([_row(p) for p in found.partitions] + [_total_row(found)])
    lines = (*_absent_lines(found), *_payment_lines(found.uncounted_payments), *found.doubts.sentences, *found.notes)
    for line in lines:
        print(line)
    for problem in found.problems:
        print(f"WRONG: {problem}")
    pending = found.totals()["pending"]
    if pending:
        print(f"{pending} offsets are pending: written to Kafka, not judged yet. Next: ecom run all")
    elif found.ok:
        print("Every offset is accounted for.")


def _row(p: PartitionAccount) -> list[str]:
    wrong = p.missing + p.doubled + p.unread + p.lost
    counts = (p.end_offset, p.clean, p.duplicate, p.quarantined, sum(p.absent.values()), p.pending, wrong)
    return [p.topic, str(p.partition), *map(str, counts)]


def _total_row(found: Account) -> list[str]:
    t = found.totals()
    wrong = t["missing"] + t["doubled"] + t["unread"] + t["lost"]
    counts = (t["offsets"], t["clean"], t["duplicate"], t["quarantined"], t["absent"], t["pending"], wrong)
    return ["total", "", *map(str, counts)]


def _print_table(rows: list[list[str]]) -> None:
    right = [False, *[True] * (len(COLUMNS) - 1)]
    if sys.stdout.isatty():
        from rich import box
        from rich.console import Console
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD)
        for name, is_right in zip(COLUMNS, right, strict=True):
            table.add_column(name, justify="right" if is_right else "left", overflow="fold")
        for row in rows:
            table.add_row(*row)
        Console().print(table)
        return
    sys.stdout.writelines(plain_table(COLUMNS, rows, right))


def _absent_lines(found: Account) -> list[str]:
    words = {
        "expired": "aged out or deleted at the broker",
        "compacted": "removed by compaction",
        "aborted": "written by transactions that were aborted",
        "transaction_marker": "markers that Kafka writes at a transaction's end",
        "unverifiable": "no longer at the broker: cannot be explained",
        "accepted": "judged, and gone from Bronze, which was accepted",
    }
    totals = found.totals()
    return [f"absent: {totals[reason]} {reason} ({text})" for reason, text in words.items() if totals[reason]]


def _payment_lines(uncounted: dict[str, Any]) -> list[str]:
    kinds = {"other_currency": "in another currency than their order's", "unknown_order": "whose order is not known"}
    return [
        f"payments that count for no order: {row['payments']} {row['status']} {kind_words}, "
        f"{row['amount']} {row['currency']}"
        for kind, kind_words in kinds.items()
        for row in uncounted.get(kind, [])
    ]
