"""`ecom explain` on the real stack: what it says of an order is what the oracle says of the same records."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.explain import explain
from ecom.explain.model import Life
from ecom.lake.trino import query
from generator.jsonl import Record as Sent
from generator.mix import Mix
from generator.stream import generate
from oracle import Oracle, Record, read_datasets, read_records, recompute
from spark_jobs import bronze_stream
from tests.by_hand import T0, order, payment, sent
from tests.dbt import build_gold
from tests.lake import ecom, produce, produce_records, run_all, run_derived, run_silver

pytestmark = pytest.mark.stack
TROUBLE = Mix(
    **{f"bad_{k}": 0.01 for k in ("not_json", "status", "utf8", "tombstone", "conflict", "future")},
    duplicates=0.1, cancelled=0.1, refunded=0.1, partial=0.1, other_currency_payment=0.1, late=0.1,
)  # fmt: skip
ODD = 'it\'s "ünï"; drop table silver.order_state -- 🛒\t%_\\'
MICROSECOND, EPOCH = timedelta(microseconds=1), datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    settings: Settings
    oracle: Oracle
    records: list[Record]
    empty: subprocess.CompletedProcess[str]  # what was said before there was anything

    def explain(self, order_id: str) -> Life:
        reader = self.settings.model_copy(update={"trino_user": "operator"})
        return explain(partial(query, reader), self.settings, order_id)

    def expected_verdicts(self, order_id: str) -> dict[Any, str]:
        return {r.place: self.oracle.verdicts[r.place].kind for r in self.records if r.key == order_id.encode()}


@pytest.fixture(scope="module")
def world(spark: SparkSession, module_lake: Settings) -> World:
    empty = ecom(module_lake, "explain", "o-1")
    produce(module_lake, generate(250, 21, T0 - timedelta(days=3), timedelta(hours=6), TROUBLE))
    produce_records(module_lake, by_hand(module_lake))
    run_all(spark, module_lake)
    datasets = read_datasets(module_lake.ecom_contracts, module_lake.topics)
    records = list(read_records(module_lake, datasets))
    return World(module_lake, recompute(records, datasets), records, empty)


def by_hand(s: Settings) -> Iterator[Sent]:
    yield sent(s, "orders", order(ODD, "odd-1"), ODD)
    yield sent(s, "payments", payment(ODD, "odd-2"), ODD)
    yield sent(s, "orders", order("other-key", "k-1"), "a key of its own")
    yield sent(s, "orders", order("other-key", "k-1"), "a key of its own")
    yield sent(s, "orders", order("other-key", "k-2", status="LOST"), None)
    yield sent(s, "orders", order("about-b", "b-1"), "key-a")
    yield sent(s, "orders", b'{"order_id": "broken", ', "broken")
    yield sent(s, "payments", payment("only-paid", "only-1"), "only-paid")
    restamped = (T0 + timedelta(days=1)).isoformat()
    yield sent(s, "orders", order("again", "again-0", total_amount=25), "again")
    yield sent(s, "payments", payment("again", "again-1"), "again")
    yield sent(s, "payments", payment("again", "again-1", event_ts=restamped), "again")
    yield sent(s, "orders", order("steps", "steps-1"), "steps")


def sample(oracle: Oracle, of_each: int = 2) -> list[str]:
    """Some orders of each kind: what they are in the order state, what they went through."""
    of_kind: dict[Any, list[str]] = {}
    generated = [o for o in oracle.orders.values() if len(o.order_id) == len(str(UUID(int=0)))]
    for o in generated:
        paid = o.total_amount is not None and o.paid_amount >= o.total_amount
        kind = (o.status == "CANCELLED", paid, bool(o.refunded_amount), bool(o.other_currency_payments))
        of_kind.setdefault(kind, []).append(o.order_id)
    return [order_id for ids in of_kind.values() for order_id in ids[:of_each]]


def test_each_kind_of_order_is_told_as_the_oracle_has_it(world: World) -> None:
    chosen = sample(world.oracle)
    assert len(chosen) >= 10, "too few kinds of orders: the test shows little"
    for order_id in chosen:
        life, expected = world.explain(order_id), world.oracle.orders[order_id]
        found = {(e.place.topic, e.place.partition, e.place.offset): e.verdict.value for e in life.events}
        words = {"accepted": "clean"}
        assert {p: words.get(v, v) for p, v in found.items()} == world.expected_verdicts(order_id)
        assert_state(life, expected)
        assert_gold(life, world.oracle)


def assert_state(life: Life, expected: Any) -> None:
    state = life.state
    assert state is not None
    names = ("user_id", "status", "currency", "total_amount", "paid_amount", "refunded_amount", "event_count",
             "other_currency_payments")  # fmt: skip
    assert {n: getattr(state, n) for n in names} == {n: getattr(expected, n) for n in names}
    counted = [p for p in life.payments if p.counts_as == "paid_amount"]
    assert sum(p.amount for p in counted) == expected.paid_amount
    other = [p for p in life.payments if p.why.startswith("in another currency")]
    assert len(other) == expected.other_currency_payments


def assert_gold(life: Life, oracle: Oracle) -> None:
    expected = oracle.orders[life.order_id]
    unpaid = expected.total_amount is None or expected.paid_amount < expected.total_amount
    assert life.sales.counts is not (unpaid or expected.status == "CANCELLED"), life.sales
    if unpaid and expected.total_amount is not None:
        assert life.sales.missing_amount == expected.total_amount - expected.paid_amount
    if life.sales.counts:
        minute = EPOCH + MICROSECOND * ((expected.order_us or 0) // 60_000_000 * 60_000_000)
        figures, row = life.sales.minute, oracle.gold[minute, expected.currency or ""]
        assert figures is not None and figures.minute_bucket == minute
        assert (figures.gmv, figures.refunded_amount, figures.net_sales, figures.paid_orders) == (
            row.gmv, row.refunded_amount, row.net_sales, row.paid_orders
        )  # fmt: skip


def test_every_record_of_a_repeated_or_quarantined_key_has_the_oracles_verdict(world: World) -> None:
    troubled = {r.key for r in world.records if world.oracle.verdicts[r.place].kind != "clean"} - {None}
    kinds: set[str] = set()
    for key in sorted(key for key in troubled if key)[:12]:
        life = world.explain(key.decode())
        for event in life.events:
            place = (event.place.topic, event.place.partition, event.place.offset)
            expected = world.oracle.verdicts[place]
            assert expected.kind == {"accepted": "clean"}.get(event.verdict, event.verdict)
            assert {(r.field, r.rule) for r in event.reasons} == set(expected.reasons)
            kinds.add(expected.kind)
        assert {(e.place.topic, e.place.partition, e.place.offset) for e in life.events} >= set(
            world.expected_verdicts(key.decode())
        )
    assert kinds == {"clean", "duplicate", "quarantined"}


def test_an_id_of_odd_characters_is_found_and_harms_nothing(world: World) -> None:
    done = ecom(world.settings, "explain", "--json", "--", ODD)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["order_id"] == ODD and found["state"]["total_amount"] == "12.5000"
    assert [(e["verdict"], e["subject"]) for e in found["events"]] == [("accepted", "orders"), ("accepted", "payments")]
    assert found["gold"]["counts"] is True and found["gold"]["minute_bucket"].endswith(":00Z")
    assert found["payments"][0]["counts"] is True and found["payments"][0]["amount"] == "12.5000"


def test_a_record_under_another_key_is_found_by_what_its_message_says(world: World) -> None:
    found = world.explain("other-key").events
    assert sorted((e.verdict.value, e.raw_key) for e in found) == [
        ("accepted", "a key of its own"), ("duplicate", "a key of its own"), ("quarantined", None)
    ]  # fmt: skip
    assert all(e.ingest_ts and e.kafka_timestamp for e in found)
    assert {e.note for e in found} == {"Its Kafka key is another: 'a key of its own'.", "It has no Kafka key."}


def test_a_record_about_another_order_is_told_under_its_key(world: World) -> None:
    life = world.explain("key-a")
    assert life.is_known and life.state is None
    (event,) = life.events
    assert event.order_id == "about-b" and "about order 'about-b'" in (event.note or "")


def test_a_broken_message_is_found_by_its_key(world: World) -> None:
    life = world.explain("broken")
    (event,) = life.events
    assert [(r.field, r.rule) for r in event.reasons] == [("$", "not_json")]
    assert event.message == '{"order_id": "broken", ' and event.ingest_ts is not None
    assert life.sales.reasons == ("nothing_accepted",)


def test_an_order_of_which_only_payments_came_counts_nowhere(world: World) -> None:
    life = world.explain("only-paid")
    assert life.sales.reasons == ("order_unknown",) and life.payments[0].counts_as is None


def test_a_payment_sent_again_with_another_date_counts_once(world: World) -> None:
    life = world.explain("again")
    assert [p.counts_as for p in life.payments] == ["paid_amount", None]
    assert str(life.sales.missing_amount) == "12.5000"


def test_the_text_says_the_same(world: World) -> None:
    done = ecom(world.settings, "explain", "again")
    assert done.returncode == 0, done.stderr
    assert "not fully paid: 12.50 USD of 25.00 USD, 12.50 USD are missing" in done.stdout
    assert "each counts once" in done.stdout and f"{world.settings.topics['payments']}-" in done.stdout


def test_an_id_that_nothing_knows_is_one_sentence(world: World) -> None:
    for unknown in ("nobody", "x' or '1'='1", "o" * 10_000, "%"):
        done = ecom(world.settings, "explain", "--json", "--", unknown)
        assert done.returncode == 1
        assert json.loads(done.stdout)["known"] is False
        assert done.stderr.startswith("ecom: Nothing in the lake knows order") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("bad", ["", "o" * 10_001, b"\xff"])
def test_what_cannot_be_an_id_is_refused(world: World, bad: Any) -> None:
    done = ecom(world.settings, "explain", "--", bad)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ecom: The order id ") and done.stderr.count("\n") == 1


def test_a_lake_without_tables_is_told(world: World) -> None:
    assert world.empty.returncode == 1
    assert world.empty.stderr == (
        "ecom: The lake has no tables yet, so nothing is known of any order; type `ecom run all`.\n"
    )


def test_trino_down_is_one_sentence(world: World) -> None:
    done = ecom(world.settings, "explain", "again", environment={"TRINO_PORT": "1"})
    assert (done.returncode, done.stdout) == (3, "")
    assert "does not answer" in done.stderr and "`ecom up`" in done.stderr and done.stderr.count("\n") == 1


def test_step_by_step_each_layer_that_is_behind_is_named(world: World, spark: SparkSession) -> None:
    """Last: it goes on from where the fixture ended."""
    s = world.settings
    assert world.explain("steps").sales.reasons == ("not_fully_paid",)
    produce_records(s, [sent(s, "payments", payment("steps", "steps-2"), "another key")])
    assert len(world.explain("steps").events) == 1
    bronze_stream.run(spark, s)
    waits = world.explain("steps")
    assert [e.verdict.value for e in waits.events] == ["accepted", "waiting"]
    assert "not judged yet" in waits.notes[0]
    run_silver(spark, s)
    judged = world.explain("steps")
    assert [e.verdict.value for e in judged.events] == ["accepted", "accepted"]
    assert "not in the order state yet" in judged.notes[0] and judged.sales.reasons == ("not_fully_paid",)
    run_derived(spark, s)
    behind = world.explain("steps")
    assert behind.sales.reasons == ("gold_behind",) and behind.sales.counts is False and behind.sales.should_count
    build_gold(s)
    done = world.explain("steps")
    assert done.sales.counts is True and done.sales.reasons == () and done.notes == ()
    with pytest.raises(EcomError, match="empty"):
        world.explain("")
