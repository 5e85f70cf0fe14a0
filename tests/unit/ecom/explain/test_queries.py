"""The questions about an order: its id is a parameter, never SQL, and each dataset is asked by its own contract."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ecom.base.settings import ROOT
from ecom.contracts.loader import load_contracts
from ecom.contracts.model import Contract, Field
from ecom.explain import queries
from ecom.explain.model import Place
from ecom.explain.queries import BETWEEN, Judged, Within, json_path, searched

CONTRACTS = load_contracts(ROOT / "contracts")
DATASETS = [searched(contract) for contract in CONTRACTS.values()]
EVIL = "o' or 1=1 --"
AT = datetime(2026, 1, 31, 10, tzinfo=UTC)
PLACES = [Place("orders.events", 0, 9), Place("orders.events", 1, 9), Place("payments.events", 0, 2)]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("order_id",), '$["order_id"]'),
        (("payload", "orderId"), '$["payload"]["orderId"]'),
        (('a"b', "c\\d"), '$["a\\"b"]["c\\\\d"]'),
    ],
)
def test_a_path_is_quoted_for_trino_s_json_functions(path: tuple[str, ...], text: str) -> None:
    assert json_path(path) == text


def test_a_dataset_is_searched_as_its_contract_says() -> None:
    orders, payments = DATASETS
    assert (orders.column, orders.path, orders.is_counted) == ("order_id", '$["order_id"]', True)
    assert "total_amount as amount" in orders.shown and "cast(null as varchar) as payment_id" in orders.shown
    assert "payment_id as payment_id" in payments.shown


def test_a_dataset_that_order_state_is_not_made_of_is_searched_by_its_own_id() -> None:
    ids = (Field("coupon_id", "string", ("id",), required=True), Field("event_ts", "timestamp", ("at",)))
    found = searched(Contract("coupons", "coupons.events", "1.0.0", ids))
    assert (found.column, found.path, found.is_counted) == ("coupon_id", '$["id"]', False)
    assert "cast(null as decimal(20, 4)) as amount" in found.shown


@pytest.mark.parametrize(
    "question",
    [
        queries.state(EVIL),
        queries.judged(EVIL, DATASETS, None),
        queries.received(EVIL, DATASETS),
        queries.past({}, DATASETS, EVIL),
        queries.state_as_of(7, EVIL),
    ],
)
def test_an_id_is_a_parameter_as_often_as_it_is_asked_for(question: queries.Question) -> None:
    sql, params = question
    assert "1=1" not in sql
    assert sql.count("?") == len(params) and set(params) == {EVIL}


def test_where_the_days_are_known_only_their_files_are_read() -> None:
    days = (date(2026, 1, 30), date(2026, 2, 1))
    sql, params = queries.judged("o", DATASETS, Within(days, AT))
    assert sql.count("event_date between ? and ?") == sql.count('"$file_modified_time" > cast(?') == 2
    assert sql.count("?") == len(params) and params[:3] == ("o", *days)


def test_where_no_accepted_event_can_lie_only_the_quarantine_is_read() -> None:
    sql, params = queries.judged("o", DATASETS, Within(None, None))
    assert "_clean" not in sql and sql.count("_quarantine") == 2
    assert params == ("o",) * 4


def test_a_dataset_whose_days_are_not_known_is_read_whole() -> None:
    others = [replace(one, is_counted=False) for one in DATASETS]
    assert "event_date between" not in queries.judged("o", others, Within((date.min, date.max), None))[0]


def test_places_are_asked_for_by_offset_once() -> None:
    for sql, params in (
        queries.received_at(PLACES, DATASETS),
        queries.accepted_at(PLACES, DATASETS),
        queries.duplicates(PLACES, DATASETS),
        queries.duplicates_at(PLACES, DATASETS),
    ):
        assert sql.count("in (2, 9)") == 2 and params == ()


def test_repeats_are_found_by_their_first_copy_or_their_own_place() -> None:
    assert "first_offset in (" in queries.duplicates(PLACES, DATASETS)[0]
    assert '"offset" in (' in queries.duplicates_at(PLACES, DATASETS)[0]


def test_what_silver_has_not_come_to_lies_past_each_partition_s_end() -> None:
    judged = {"orders": Judged({("orders.events", 0): 5, ("orders.events", 1): 8}, AT)}
    sql, params = queries.unjudged(judged, DATASETS)
    assert "when topic = 'orders.events' and \"partition\" = 1 then 8" in sql
    assert params == (AT - BETWEEN,), "payments were never judged: all of them wait"
    assert sql.endswith("bronze_raw.payments_raw where true")
    assert timedelta(hours=1) <= BETWEEN


def test_totals_sum_over_every_dataset_and_count_only_what_order_state_counts() -> None:
    sql, _ = queries.totals([DATASETS[0], replace(DATASETS[1], is_counted=False)])
    assert "(select count(*) from bronze_raw.orders_raw) + (select count(*) from bronze_raw.payments_raw)" in sql
    assert "(select count(*) from silver.orders_clean) as countable" in sql


def test_ends_are_asked_of_each_ledger() -> None:
    sql, _ = queries.ends(DATASETS)
    assert "ops.orders_ledger" in sql and "ops.payments_ledger" in sql


def test_history_is_read_from_a_version_on() -> None:
    assert "version >= 7" in queries.commits(7)[0]
    assert "for version as of 7 " in queries.state_as_of(7, "o")[0]
