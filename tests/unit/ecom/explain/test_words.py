"""An order's life in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from ecom.explain.model import Event, Payment, Place, Reason, Sales, State, Verdict
from ecom.explain.rows import SalesMinute
from ecom.explain.words import (
    because,
    clock,
    minute,
    money,
    payment_sentence,
    sales_lines,
    sentence,
    state_lines,
    title,
    unknown,
)

AT = datetime(2026, 1, 31, 10, 0, 30, 123456, tzinfo=UTC)
MINUTE = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
PLACE = Place("orders", 0, 7)
EVENT = Event("orders", PLACE, Verdict.ACCEPTED, "e", "PAID", Decimal("12.5000"), "USD", AT, AT, AT, "o")
STATE = State(
    "u", "PAID", "USD", Decimal("12.5000"), Decimal("12.5000"), Decimal("0.0000"), True, 0, AT, MINUTE, AT, AT, 3, AT
)
FIGURES = SalesMinute(MINUTE, "JPY", Decimal("1250.0000"), Decimal(50), Decimal(1200), 1)
SALES = Sales(True, True, MINUTE, "JPY", FIGURES, None, (), "it is fully paid and not cancelled")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (Decimal("12.5000"), "USD", "12.50 USD"),
        (Decimal("1250.0000"), "JPY", "1,250 JPY"),
        (Decimal("1.2345"), "USD", "1.2345 USD"),
        (Decimal("-3"), "KWD", "-3.000 KWD"),
        (Decimal("12.5000"), None, "12.5"),
        (None, "USD", "-"),
    ],
)
def test_money_has_its_currency_s_digits(amount: Decimal | None, currency: str | None, text: str) -> None:
    assert money(amount, currency) == text


def test_clocks_are_utc_wherever_the_time_was_written() -> None:
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))
    assert clock(tokyo) == clock(AT) == "2026-01-31 10:00:30.123"
    assert minute(tokyo) == "2026-01-31 10:00 UTC"
    assert clock(None) == "-"


def test_a_title_says_what_an_accepted_event_says_and_of_another_only_its_kind() -> None:
    assert title(EVENT) == "order PAID 12.50 USD"
    assert title(replace(EVENT, status=None, subject="payments")) == "payment"
    assert title(replace(EVENT, status=None, subject="coupons")) == "coupons"


def test_why_a_verdict_is_what_it_is() -> None:
    reasons = (Reason("total_amount", "missing", None), Reason("$", "not_json", "a\nb"))
    assert because(EVENT) == []
    assert because(replace(EVENT, reasons=reasons, note="It has no Kafka key.")) == [
        "total_amount missing",
        "$ not_json: a\\nb",
        "It has no Kafka key.",
    ]
    assert because(replace(EVENT, first_copy=PLACE)) == ["the first copy is at orders-0 offset 7"]
    assert because(replace(EVENT, verdict=Verdict.WAITING)) == ["in Bronze, not judged yet"]


def test_what_was_found_is_cut_where_it_is_long() -> None:
    (line,) = because(replace(EVENT, reasons=(Reason("a", "missing", "x" * 500),)))
    assert line.endswith("x…") and len(line) < 100


def test_a_payment_says_what_it_adds_to_or_why_to_nothing() -> None:
    paid = Payment("e", "p", "CAPTURED", Decimal(1), "USD", None, AT, PLACE, "paid_amount", "CAPTURED")
    assert payment_sentence(paid) == "adds to paid_amount: CAPTURED"
    assert payment_sentence(replace(paid, counts_as=None, why="no money")) == "does not count: no money"


def test_the_state_in_lines() -> None:
    assert state_lines(STATE) == [
        ("status", "PAID, fully paid"),
        ("total", "12.50 USD"),
        ("placed", "2026-01-31 10:00:30.123 UTC"),
        ("paid", "12.50 USD"),
        ("refunded", "0.00 USD"),
        ("accepted events", "3"),
        ("updated", "2026-01-31 10:00:30.123 UTC"),
    ]
    known = dict(state_lines(replace(STATE, order_ts=None, other_currency_payments=2)))
    assert known["order"] == "not known: only payments came"
    assert known["in other currencies"] == "2" and "total" not in known
    assert ("status", "PAID, not fully paid") in state_lines(replace(STATE, fully_paid=False))


@pytest.mark.parametrize(
    ("given", "lines"),
    [
        (
            {},
            [
                "Counts in the minute 2026-01-31 10:00 UTC, JPY: it is fully paid and not cancelled.",
                "That minute: gmv 1,250 JPY, refunded 50 JPY, net sales 1,200 JPY, 1 paid order.",
            ],
        ),
        ({"counts": None, "why": "who knows"}, ["Whether it counts is not known: who knows."]),
        ({"counts": False, "why": "it is cancelled", "should_count": False}, ["Counts in no minute: it is cancelled."]),
        (
            {"counts": False, "why": "Gold is behind."},
            ["Counts in no minute: Gold is behind. It belongs into 2026-01-31 10:00 UTC, JPY."],
        ),
    ],
)
def test_where_it_counts_and_why(given: Any, lines: list[str]) -> None:
    assert sales_lines(replace(SALES, **given)) == lines


def test_several_orders_are_plural() -> None:
    figures = replace(FIGURES, paid_orders=2)
    assert sales_lines(replace(SALES, minute=figures))[1].endswith("2 paid orders.")


def test_a_sentence_ends_with_one_point() -> None:
    assert sentence("a") == sentence("a.") == "a."


def test_an_id_that_nothing_knows_is_shown_on_one_line() -> None:
    assert "order 'a\\\\nb'" in unknown("a\nb") and "\n" not in unknown("a\nb")
