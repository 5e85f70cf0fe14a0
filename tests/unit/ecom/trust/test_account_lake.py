"""What the account asks of the tables that are there, and how rows become counts."""

from decimal import Decimal
from typing import Any

from ecom.base.settings import ROOT
from ecom.contracts.loader import load_contracts
from ecom.lake.trino import Result
from ecom.trust.account_gaps import Gap
from ecom.trust.account_lake import SLICE, TOPIC_ID, Extent, Lake, Tally, _uncounted, slices, uncounted_payments

ORDERS = load_contracts(ROOT / "contracts")["orders"]
ALL = ["bronze_raw.orders_raw", "silver.orders_clean", "silver.orders_duplicates", "silver.orders_quarantine"]
ALL += ["ops.orders_ledger"]
PLACE, OTHER = ("orders.events", 0), ("orders.events", 1)


class Trino:
    """Knows these tables, and answers each further question with the same rows."""

    def __init__(self, there: list[str], rows: list[tuple[Any, ...]] | None = None) -> None:
        self.there, self.rows, self.asked = there, rows or [], list[str]()

    def query(self, sql: str) -> Result:
        self.asked.append(sql)
        return Result([], [(name,) for name in self.there] if "information_schema" in sql else self.rows)

    def stream(self, sql: str) -> Result:
        return self.query(sql)


def lake(there: list[str], rows: list[tuple[Any, ...]] | None = None) -> tuple[Lake, Trino]:
    trino = Trino(there, rows)
    return Lake(trino, ORDERS), trino  # type: ignore[arg-type]


def test_an_empty_lake_is_asked_nothing() -> None:
    empty, trino = lake([])
    assert empty.is_empty
    assert (empty.topic_ids(), empty.positions(), empty.extents()) == ({}, {}, {})
    assert len(trino.asked) == 1, "only which tables there are"


def test_a_table_that_is_not_there_counts_as_empty() -> None:
    young, trino = lake(ALL[:1], [(*PLACE, 3, 9, 9)])
    assert young.extents() == {PLACE: Extent(3, 9, 9)}
    assert "silver." not in trino.asked[-1]


def test_topics_ids_are_bronze_s_properties() -> None:
    whole, trino = lake(ALL, [(f"{TOPIC_ID}orders.events", "abc")])
    assert whole.topic_ids() == {"orders.events": "abc"}
    assert 'bronze_raw."orders_raw$properties"' in trino.asked[-1]


def test_positions_are_the_ledger_s_greatest_offsets() -> None:
    whole, trino = lake(ALL, [(*PLACE, 41)])
    assert whole.positions() == {PLACE: 41}
    assert "max(last_offset) from ops.orders_ledger" in trino.asked[-1]


def test_the_verdicts_stand_before_bronze_in_a_question() -> None:
    whole, trino = lake(ALL, [])
    whole.extents()
    places = [trino.asked[-1].index(table) for table in (*ALL[1:4], ALL[0])]
    assert places == sorted(places)


def test_a_category_s_row_becomes_a_tally_of_its_partition() -> None:
    whole, _ = lake(ALL, [(1, "missing", 2, [7, 9]), (0, "clean", 5, None)])
    extents = {PLACE: Extent(0, 10, 10), OTHER: Extent(0, 10, 10)}
    assert whole.tallies(Gap(0, SLICE), extents, {}) == [
        Tally(*OTHER, "missing", 2, [7, 9]),
        Tally(*PLACE, "clean", 5, []),
    ]


def test_only_offsets_within_slice_and_extent_are_counted_and_judged_by_their_own_position() -> None:
    whole, trino = lake(ALL, [])
    whole.tallies(Gap(SLICE, 2 * SLICE), {PLACE: Extent(0, SLICE + 7, 0)}, {PLACE: SLICE + 3})
    sql = trino.asked[-1]
    assert f'"offset" >= {SLICE} and "offset" < {2 * SLICE}' in sql
    assert f'"offset" < {SLICE + 7} then 0' in sql and f"(0, {SLICE + 3})" in sql


def test_gaps_come_as_ranges() -> None:
    whole, trino = lake(ALL, [(3, 5), (8, 10)])
    assert list(whole.gaps(PLACE, Gap(0, 10))) == [Gap(3, 5), Gap(8, 10)]
    assert "union all values 10" in trino.asked[-1]


def test_slices_are_those_into_which_a_partition_reaches() -> None:
    assert slices({}) == []
    assert slices({PLACE: Extent(0, SLICE, 0)}) == [Gap(0, SLICE)]
    far = {PLACE: Extent(0, 1, 0), OTHER: Extent(2 * SLICE, 2 * SLICE + 1, 0)}
    assert slices(far) == [Gap(0, SLICE), Gap(2 * SLICE, 3 * SLICE)]


def test_payments_of_a_lake_without_an_order_state_are_not_asked_for() -> None:
    trino = Trino(["silver.payments_clean"])
    assert uncounted_payments(trino) == _uncounted([])  # type: ignore[arg-type]
    assert len(trino.asked) == 1


def test_payments_that_count_nowhere_are_apart_by_why() -> None:
    rows = [
        (False, "EUR", "CAPTURED", 2, Decimal("3.50")),
        (False, "JPY", "REFUNDED", 1, None),
        (True, "USD", "CAPTURED", 4, Decimal(9)),
    ]
    found = _uncounted(rows)
    assert (found["other_currency_payments"], found["unknown_order_payments"]) == (3, 4)
    assert [row["amount"] for row in found["other_currency"]] == [Decimal("3.50"), Decimal(0)]
    assert found["unknown_order"] == [{"currency": "USD", "status": "CAPTURED", "payments": 4, "amount": Decimal(9)}]
