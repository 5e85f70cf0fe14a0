"""The account as a terminal shows it."""

from decimal import Decimal
from typing import Any

import pytest

from ecom.trust.account import ABSENT, Account, PartitionAccount
from ecom.trust.account_text import print_account
from ecom.trust.doubts import Doubts


def partition(number: int, absent: dict[str, int] | None = None, **counts: Any) -> PartitionAccount:
    """Of ten offsets."""
    gone = dict.fromkeys(ABSENT, 0) | (absent or {})
    return PartitionAccount("orders.events", "id", number, 0, 10, absent=gone, **counts)


def account(*partitions: PartitionAccount, **given: Any) -> Account:
    found: dict[str, Any] = {"uncounted_payments": {}, "doubts": Doubts(), "problems": [], "notes": []}
    return Account(list(partitions), **(found | given))


def shown(found: Account, capsys: pytest.CaptureFixture[str]) -> list[str]:
    print_account(found)
    return capsys.readouterr().out.splitlines()


def test_each_partition_has_a_line_and_all_of_them_a_total(capsys: pytest.CaptureFixture[str]) -> None:
    found = account(partition(0, clean=7, duplicate=2, quarantined=1), partition(1, clean=10))
    header, _, first, second, total, *_ = shown(found, capsys)
    assert " ".join(header.split()) == "topic partition end clean duplicate quarantined absent pending wrong"
    assert first.split() == ["orders.events", "0", "10", "7", "2", "1", "0", "0", "0"]
    assert second.split() == ["orders.events", "1", "10", "10", "0", "0", "0", "0", "0"]
    assert total.split() == ["total", "20", "17", "2", "1", "0", "0", "0"]


def test_where_all_is_well_the_last_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(account(partition(0, clean=10)), capsys)[-1] == "Every offset is accounted for."


def test_what_waits_says_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    last = shown(account(partition(0, clean=4, pending=6)), capsys)[-1]
    assert last.startswith("6 offsets are pending") and last.endswith("Next: ecom run all")


def test_absent_offsets_are_said_with_their_reason(capsys: pytest.CaptureFixture[str]) -> None:
    absent = {"expired": 3, "transaction_marker": 1}
    lines = shown(account(partition(0, clean=6, absent=absent)), capsys)
    assert [line for line in lines if line.startswith("absent: ")] == [
        "absent: 3 expired (aged out or deleted at the broker)",
        "absent: 1 transaction_marker (markers that Kafka writes at a transaction's end)",
    ]


def test_a_problem_is_wrong_and_the_last_line_does_not_say_that_all_is_well(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = shown(account(partition(0, clean=9, lost=1), problems=["orders.events-0: 1 lost"]), capsys)
    assert "WRONG: orders.events-0: 1 lost" in lines and lines[2].split()[-1] == "1"
    assert "Every offset is accounted for." not in lines


def test_payments_that_count_nowhere_and_doubts_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"currency": "EUR", "status": "CAPTURED", "payments": 2, "amount": Decimal("12.50")}
    uncounted = {"other_currency": [row], "unknown_order": [row | {"payments": 1}]}
    found = account(partition(0, clean=10), uncounted_payments=uncounted, doubts=Doubts(overpaid_orders=1))
    lines = shown(found, capsys)
    assert [line for line in lines if line.startswith("payments")] == [
        "payments that count for no order: 2 CAPTURED in another currency than their order's, 12.50 EUR",
        "payments that count for no order: 1 CAPTURED whose order is not known, 12.50 EUR",
    ]
    assert any(line.startswith("1 orders were paid more") for line in lines)
