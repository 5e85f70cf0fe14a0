"""Amounts on the page and in the terminal: by currency, and never through a float."""

from decimal import Decimal

import pytest

from ecom.contracts.money import amount, change, plain, rounded
from ecom.explain.words import money


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        ("1234.5000", "USD", "1,234.50 USD"),
        ("1234.0000", "JPY", "1,234 JPY"),
        ("0.0000", "KWD", "0.000 KWD"),
        ("-0.5000", "EUR", "\N{MINUS SIGN}0.50 EUR"),
        ("90071992547409931234.9301", "USD", "90,071,992,547,409,931,234.9301 USD"),
        ("9999999999999999999999999999999999.9999", "JPY", "9,999,999,999,999,999,999,999,999,999,999,999.9999 JPY"),
        ("7.0000", "ZZZ", "7.0000 ZZZ"),
    ],
)
def test_an_amount_has_its_currency_s_digits_and_loses_none(value: str, currency: str, shown: str) -> None:
    assert amount(Decimal(value), currency) == shown


def test_ecom_explain_says_a_sum_of_38_digits_whole() -> None:
    assert money(Decimal("-9999999999999999999999999999999999.9999"), "JPY") == (
        "-9,999,999,999,999,999,999,999,999,999,999,999.9999 JPY"
    )
    assert money(Decimal("12.5000"), "USD") == "12.50 USD"


def test_what_was_divided_is_rounded_to_the_currency_s_digits() -> None:
    assert rounded(Decimal(2000) / 3, "JPY") == "667 JPY"
    assert rounded(Decimal(2000) / 3, "KWD") == "666.667 KWD"
    assert rounded(Decimal("0.005"), "USD") == "0.01 USD"
    assert rounded(Decimal("-0.001"), "USD") == "0.00 USD"


def test_a_program_gets_an_amount_without_grouping() -> None:
    assert plain(Decimal("-1234567.8000"), 2) == "-1234567.80"
    assert plain(Decimal("1234567.8901"), 0) == "1234567.8901"


def test_a_change_is_against_something() -> None:
    assert change(Decimal(110), Decimal(100)) == "+10.0 %"
    assert change(50, 100) == "-50.0 %"
    assert change(5, 5) == "+0.0 %"
    assert change(5, 0) is None
    assert change(Decimal(5), Decimal(-5)) is None
