"""What may not be meant: asked of the tables that are there, and said in sentences."""

from dataclasses import replace
from typing import Any

import pytest

from ecom.base.settings import ROOT
from ecom.contracts.loader import load_contracts
from ecom.lake.trino import Result
from ecom.trust.doubts import Conflict, Doubts, doubts

CONTRACTS = load_contracts(ROOT / "contracts")
CONFLICT = Conflict("orders", "e1", "orders-0 offset 3", "orders-1 offset 9")


class Trino:
    """Answers by what a question contains; keeps the questions."""

    def __init__(self, **answers: list[tuple[Any, ...]]) -> None:
        self.answers, self.asked = answers, list[str]()

    def query(self, sql: str) -> Result:
        self.asked.append(sql)
        rows = next((rows for part, rows in self.answers.items() if part in sql), [])
        return Result([], rows)


NEW_LAKE = [
    ("silver.order_state", "is_uncertain"),
    ("silver.orders_clean", "conflicts_with"),
    ("bronze_raw.orders_raw", "raw_key"),
]


def test_a_lake_from_an_older_release_has_no_doubts() -> None:
    trino = Trino()
    assert doubts(trino, CONTRACTS) == Doubts()  # type: ignore[arg-type]
    assert len(trino.asked) == 1, "only which columns there are"


def test_each_kind_is_counted_where_its_column_is() -> None:
    trino = Trino(
        information_schema=NEW_LAKE,
        count_if=[(3, 2, 1, 4)],
        raw_key=[("orders.events", 7)],
        event_id=[("e1", "orders-0 offset 3", "orders-1 offset 9")],
        conflicts_with=[(1,)],
    )
    assert doubts(trino, CONTRACTS) == Doubts(3, 2, 1, 4, 1, {"orders.events": 7}, (CONFLICT,))  # type: ignore[arg-type]


def test_a_shop_that_says_what_equal_movements_are_has_no_doubt_about_them() -> None:
    known = dict(CONTRACTS) | {"payments": replace(CONTRACTS["payments"], identity=())}
    trino = Trino(information_schema=NEW_LAKE[:1], count_if=[(3, 0, 0, 0)])
    assert doubts(trino, known).repeated_movements == 0  # type: ignore[arg-type]


def test_nothing_doubtful_is_no_sentence() -> None:
    assert Doubts().sentences == []


@pytest.mark.parametrize(
    ("found", "begins", "names"),
    [
        (Doubts(repeated_movements=1_234), "1,234 movements equal", "identity: payment"),
        (Doubts(overpaid_orders=1), "1 orders were paid more", "paid_amount > total_amount"),
        (Doubts(overrefunded_orders=2), "2 orders were refunded more", "refunded_amount > total_amount"),
        (Doubts(uncertain_orders=3), "3 orders have a last state", "where is_uncertain"),
        (Doubts(conflicting_events=4), "4 events have the event_id", "both were accepted"),
        (Doubts(records_without_key={"t": 5}), "5 records of t have no key", "send them with the order's id"),
        (Doubts(conflicts=(CONFLICT,)), "conflict: orders e1 at orders-0 offset 3", "orders-1 offset 9"),
    ],
)
def test_each_kind_has_a_sentence_that_says_what_to_do(found: Doubts, begins: str, names: str) -> None:
    (sentence,) = found.sentences
    assert sentence.startswith(begins) and names in sentence


def test_json_has_stable_keys_also_when_nothing_was_found() -> None:
    keys = ["repeated_movements", "overpaid_orders", "overrefunded_orders", "uncertain_orders"]
    keys += ["conflicting_events", "records_without_key", "conflicts"]
    assert list(Doubts().to_json()) == keys
    assert Doubts(conflicts=(CONFLICT,)).to_json()["conflicts"][0]["event_id"] == "e1"
