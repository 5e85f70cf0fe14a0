"""Gold by dbt on the real stack: what a build writes, what it refuses, and from where it goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from dashboard.checks import dbt_build
from ecom.base.settings import Settings
from ecom.lake.trino import query
from tests.e2e.gold_lake import GoldLake, Order, changed, minutes_after
from tests.lake import empty_lake

pytestmark = pytest.mark.timeout(900)

TEN = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
T0, T1, T2, T3 = minutes_after(TEN, 0, 1, 2, 3)
# 59.9996 s: Trino rounds it to the next minute, which Gold must not
A = Order("a", T0 + timedelta(seconds=59, microseconds=999_600))
B = Order("b", T0, currency="JPY", total="500", paid="500", refunded="600")
C = Order("c", T1)
UNPAID = Order("d", T2, paid="9.9999")
UNKNOWN = Order("e", None)
HISTORY = [A, B, C, UNPAID, UNKNOWN]
BAD = Order("bad", T3, total="-5.0000", paid="0.0000")


@pytest.fixture(scope="module")
def lake(spark: SparkSession, stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> GoldLake:
    empty_lake(stack)
    return GoldLake(spark, stack, datetime.now(UTC), Path(tmp_path_factory.mktemp("dbt")))


@pytest.fixture(scope="module")
def built(lake: GoldLake) -> GoldLake:
    """A lake with some history, Gold built from it."""
    lake.empty()
    lake.put(*HISTORY)
    lake.build()
    assert lake.gold() == lake.expected()
    return lake


def test_a_build_before_order_state_exists_makes_an_empty_table(lake: GoldLake) -> None:
    lake.empty()
    lake.dbt("docs", "generate")  # also before the first build
    lake.forget()
    assert "nothing to build from" in lake.build()
    assert lake.gold() == {}


def test_a_bad_change_set_on_an_empty_lake_publishes_nothing_and_no_later_build_does(lake: GoldLake) -> None:
    lake.empty()
    lake.put(A, BAD)
    for _ in range(2):
        output = lake.build(code=1)
        assert "left as it was" in output
        assert "gmv is negative" in output
        assert lake.gold() == {}
    assert lake.left_in_audit("changes") == []
    lake.remove("bad")
    lake.build()
    assert lake.gold() == lake.expected() != {}


def test_all_commands_of_the_readme_work_on_empty_tables(lake: GoldLake) -> None:
    lake.empty()
    place = ("--profiles-dir", ".", "--target", "dev")
    lake.dbt("build", "-s", "fct_sales_minute", "vw_sales_last_60min", *place)
    debug = lake.start_dbt("debug", *place)  # the command itself, told nothing of the ports
    output, _ = debug.communicate(timeout=120)
    assert debug.returncode == 0 and f"port: {lake.settings.trino_address[1]}" in output, output
    lake.dbt("test", "-s", "fct_sales_minute", "source:silver")
    assert "has no rows yet" in lake.dbt("source", "freshness")
    lake.dbt("docs", "generate")
    assert lake.gold() == {}


def test_only_touched_minutes_are_written(built: GoldLake) -> None:
    before = built.gold_version()
    built.put(changed(UNPAID, paid="10.0000"), changed(A))
    built.build()
    assert built.gold() == built.expected()
    assert built.written_since(before) == {(T2, "USD")}, "A's numbers did not change"


def test_a_build_without_news_writes_nothing(built: GoldLake) -> None:
    before = built.gold_version()
    built.build()
    assert built.gold_version() == before


def test_a_minute_that_empties_loses_its_row_and_an_order_moves_its_minute(built: GoldLake) -> None:
    before = built.gold_version()
    built.put(changed(built.orders["c"], status="CANCELLED"), changed(built.orders["b"], order_ts=T3))
    built.build()
    assert built.gold() == built.expected()
    assert (T1, "USD") not in built.gold()
    assert built.written_since(before) == {(T1, "USD"), (T0, "JPY"), (T3, "JPY")}


def test_a_bad_change_set_on_a_full_lake_leaves_gold_as_it_was(built: GoldLake) -> None:
    before, version = built.gold(), built.gold_version()
    built.put(BAD, changed(built.orders["a"], order_ts=T1))
    output = built.build(code=1)
    assert "gmv is negative" in output
    kept = [name for name in built.left_in_audit("rejected") if name in output]
    assert len(kept) == 1, output
    assert len(built.sql(f"select * from gold_audit.{kept[0]}")) == 1
    for command in (("run", "-s", "fct_sales_minute"), ("build", "--full-refresh", "-s", "fct_sales_minute")):
        built.dbt(*command, code=1)
        assert (built.gold(), built.gold_version()) == (before, version)
    failed = as_the_page_tells(built)
    assert failed.status == "error" and failed.passed == 0, "of the tests before the failed run none counts"
    assert failed.built and failed.tried and failed.built < failed.tried
    built.remove("bad")
    built.build()
    assert built.gold() == built.expected()
    good = as_the_page_tells(built)
    assert good.status == "success" and good.built == good.tried and good.tried and good.tried > failed.tried
    assert good.passed > 0 and good.failed == 0


def as_the_page_tells(lake: GoldLake) -> dbt_build.Build:
    """The last build, by the trust strip's own question."""
    return dbt_build.build_of(query(lake.settings, dbt_build.SQL).dicts())


def test_two_builds_at_once_give_exact_gold(built: GoldLake) -> None:
    built.put(Order("f", T0), changed(built.orders["a"], order_ts=T2), Order("g", T3, currency="KWD"))
    both = [built.start_dbt("run", "-s", "fct_sales_minute") for _ in range(2)]
    outputs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert built.gold() == built.expected()


def test_a_new_generation_is_computed_whole(built: GoldLake) -> None:
    built.new_generation([C, Order("h", T3)])
    built.build()
    assert built.gold() == built.expected()
    assert len(built.sql("select distinct source_generation from gold.fct_sales_minute")) == 1


def test_a_change_feed_that_was_vacuumed_away_is_computed_whole(built: GoldLake) -> None:
    built.put(Order("i", T0), changed(built.orders["c"], order_ts=T2))
    built.put(changed(built.orders["i"], order_ts=T3))
    built.vacuum()
    assert "cannot be read" in built.build()
    assert built.gold() == built.expected()


def test_a_full_recompute_when_asked_for_writes_nothing_that_is_right_already(built: GoldLake) -> None:
    version = built.gold_version()
    built.build(full_recompute=True)
    assert built.gold_version() == version
    assert built.gold() == built.expected()


def test_the_view_looks_back_from_as_of(built: GoldLake) -> None:
    built.dbt("run", "-s", "vw_sales_last_60min", "--vars", '{"as_of": "2026-01-31 10:02:30 UTC", "minutes": 2}')
    seen = {row[0] for row in built.sql("select minute_bucket from gold.vw_sales_last_60min")}
    assert seen == {minute for minute, _ in built.expected() if T0 < minute <= T2}


def test_each_invocation_keeps_what_it_found(built: GoldLake) -> None:
    found = built.sql("select command, resource_type, status, count(*) from gold_audit.dbt_results group by 1, 2, 3")
    kinds = {tuple(row[:3]) for row in found}
    assert {("build", "model", "success"), ("build", "test", "pass"), ("build", "model", "error")} <= kinds
