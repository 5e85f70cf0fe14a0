"""Counts of layers, and the holes that they show."""

from dataclasses import replace

from ecom.base.settings import ROOT, Settings
from ecom.contracts.loader import load_contracts
from ecom.lake.tables import VERDICTS
from ecom.trust.counts import Counts, _counts, _of_dataset, count_rows

COUNTS = Counts(
    "orders",
    1_234,
    {"clean": 1_000, "duplicate": 30, "quarantined": 4},
    {"clean": 1_000, "duplicate": 30, "quarantined": 4},
)


def test_a_sentence_names_each_verdict_and_what_waits() -> None:
    assert COUNTS.sentence == "orders: 1,234 received: 1,000 clean, 30 duplicate, 4 quarantined, 200 waiting"


def test_more_verdicts_than_records_is_nothing_that_waits() -> None:
    assert replace(COUNTS, received=1_000).sentence.endswith(", 0 waiting")


def test_where_all_that_was_judged_is_there_is_no_hole() -> None:
    assert COUNTS.holes == []
    assert replace(COUNTS, counted={"clean": 900, "duplicate": 0, "quarantined": 4}).holes == []


def test_each_verdict_that_lacks_rows_is_a_hole_with_its_remedy() -> None:
    found = replace(COUNTS, there={"clean": 0, "duplicate": 29, "quarantined": 4}).holes
    assert [hole.split(" rows")[0] for hole in found] == ["orders: 1,000 clean", "orders: 1 duplicate"]
    assert all("`ecom run silver`" in hole for hole in found)


def test_a_row_of_trino_s_is_what_was_judged_then_what_is_there() -> None:
    found = _counts("orders", 9, 1, 2, 3, 4, 5, 6)
    assert found.counted == dict(zip(VERDICTS, (1, 2, 3), strict=True))
    assert found.there == dict(zip(VERDICTS, (4, 5, 6), strict=True))


def test_a_dataset_is_counted_in_its_own_tables_in_the_verdicts_order() -> None:
    sql = _of_dataset(load_contracts(ROOT / "contracts")["payments"])
    tables = ["bronze_raw.payments_raw", "silver.payments_clean", "silver.payments_duplicates"]
    tables += ["silver.payments_quarantine", "ops.payments_ledger"]
    places = [sql.index(table) for table in tables]
    assert places == sorted(places)
    assert [sql.index(f"sum({verdict})") for verdict in VERDICTS] == sorted(
        sql.index(f"sum({verdict})") for verdict in VERDICTS
    )


def test_without_datasets_nothing_is_asked() -> None:
    assert count_rows(Settings(), {}) == []
