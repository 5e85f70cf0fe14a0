"""Where an order's events are looked for, and which build of Gold is the latest."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ecom.base.settings import ROOT
from ecom.contracts.loader import load_contracts
from ecom.explain.lookup import Layers, judged_of, latest_build, within_of
from ecom.explain.queries import Judged, Within, json_path, judged, past, searched, unjudged

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
DATASETS = [searched(contract) for contract in load_contracts(ROOT / "contracts").values()]
STATE = {"order_ts": datetime(2026, 1, 10, 23, 59, tzinfo=UTC), "last_payment_ts": None,
         "event_ts": datetime(2026, 1, 12, tzinfo=UTC)}  # fmt: skip


def commit(hours_ago: int, operation: str = "MERGE") -> dict[str, Any]:
    return {"version": 9, "at": NOW - timedelta(hours=hours_ago), "operation": operation}


DAYS = (date(2026, 1, 9), date(2026, 1, 13))
DRAINED = Layers(received=10, accepted=7, repeated=2, refused=1, countable=7, counted=7)
BEHIND = replace(DRAINED, counted=6)


def test_where_order_state_counts_all_events_they_lie_on_the_order_s_days_and_one_beside() -> None:
    assert within_of(STATE, DRAINED, []) == Within(DAYS, None)


def test_where_order_state_counts_all_events_an_order_that_it_does_not_know_has_none() -> None:
    assert within_of(None, DRAINED, []) == Within(None, None)
    sql, _ = judged("o", DATASETS, Within(None, None))
    assert "_clean" not in sql and sql.count("_quarantine") == 2
    assert "as found (verdict, subject, topic" in sql  # no part before it names the columns


def test_what_order_state_does_not_know_yet_was_written_about_its_last_but_one_change() -> None:
    history = [commit(1, "OPTIMIZE"), commit(2), commit(3, "SET TBLPROPERTIES"), commit(5), commit(9)]
    assert within_of(None, BEHIND, history) == Within(None, NOW - timedelta(hours=6))
    assert within_of(STATE, BEHIND, history) == Within(DAYS, NOW - timedelta(hours=6))


def test_with_one_change_or_none_what_is_behind_may_lie_anywhere() -> None:
    assert within_of(STATE, BEHIND, [commit(1), commit(2, "CREATE TABLE")]) is None
    assert within_of(STATE, BEHIND, []) is None


def test_nothing_waits_for_silver_where_every_record_has_a_verdict() -> None:
    assert DRAINED.all_judged and DRAINED.all_counted
    assert not replace(DRAINED, received=11).all_judged and not BEHIND.all_counted


def test_each_question_has_as_many_values_as_places_for_them() -> None:
    for within in (None, Within(None, None), Within(DAYS, None), Within(None, NOW), Within(DAYS, NOW)):
        sql, params = judged("o", DATASETS, within)
        assert sql.count("?") == len(params)
    for judged_now in ({}, {"orders": Judged({("t", 0): 5}, NOW)}):
        for sql, params in (past(judged_now, DATASETS, "o"), unjudged(judged_now, DATASETS)):
            assert sql.count("?") == len(params)


def test_bronze_is_read_since_silver_s_last_micro_batch_and_whole_where_it_never_judged() -> None:
    sql, params = past({"payments": Judged({("t", 0): 50}, NOW)}, DATASETS, "o")
    orders, payments = sql.split(" union all ")
    assert "from bronze_raw.orders_raw where true and" in orders
    assert "ingest_ts > cast(?" in payments
    assert '"offset" >= (case when topic = \'t\' and "partition" = 0 then 50 else 0 end)' in payments
    assert params == ("o", NOW - timedelta(hours=1), "o")


def test_a_subject_is_as_far_as_its_last_micro_batch_of_any_partition() -> None:
    rows = [
        {"subject": "orders", "topic": "t", "partition": p, "end": p, "began": NOW - timedelta(days=p)} for p in (0, 1)
    ]
    assert judged_of(rows) == {"orders": Judged({("t", 0): 0, ("t", 1): 1}, NOW)}


def test_a_path_with_odd_keys_stays_a_path() -> None:
    assert json_path(("payload", "order id", 'a"b')) == '$["payload"]["order id"]["a\\"b"]'


def build(generation: str, version: int) -> dict[str, Any]:
    return {"source_generation": generation, "version": version, "generation": "now"}


def test_the_latest_build_is_of_the_present_generation_where_there_is_one() -> None:
    found = latest_build([build("before", 9), build("now", 7)])
    assert found is not None and (found.version, found.is_current_generation) == (7, True)
    rebuilt = latest_build([build("before", 9), build("older", 3)])
    assert rebuilt is not None and (rebuilt.version, rebuilt.is_current_generation) == (9, False)
    assert latest_build([]) is None
