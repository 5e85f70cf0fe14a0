"""The account against a real broker and real Delta tables: compaction, retention, transactions, and planted faults."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka import admin as kafka_admin

from ecom.base.settings import ROOT, Settings
from ecom.contracts.loader import load_contracts
from ecom.lake import tables as lake_tables
from ecom.lake.trino import TrinoSession
from ecom.trust.account import Account, PartitionAccount, account
from ecom.trust.account_log import KafkaLog

pytestmark = pytest.mark.stack
CONTRACTS = load_contracts(ROOT / "contracts")
SCHEMAS = ("bronze_raw", "silver", "ops")
COLUMNS = 'topic varchar, "partition" integer, "offset" bigint'


@pytest.fixture
def settings(lake: Settings) -> Settings:
    """An empty lake and topics of this test's own."""
    return lake


@pytest.fixture
def admin(settings: Settings) -> Iterator[Any]:
    client: Any = kafka_admin.AdminClient({"bootstrap.servers": settings.bootstrap})
    yield client
    for future in client.delete_topics(list(settings.topics.values())).values():
        future.exception(timeout=30)


@pytest.fixture
def tables(settings: Settings) -> Iterator["Tables"]:
    with TrinoSession(settings) as session:
        made = Tables(session, settings)
        yield made
        made.drop()


class Tables:
    """Tables that hold just what the account looks at."""

    def __init__(self, session: TrinoSession, settings: Settings) -> None:
        self._session, self._settings = session, settings
        for schema in SCHEMAS:
            session.query(f"create schema {schema}")
        for subject in settings.topics:
            for table in map(str, (lake_tables.raw(subject), *lake_tables.verdicts(CONTRACTS[subject]).values())):
                extra = (
                    ", order_id varchar, currency varchar, status varchar, amount decimal(20,4), "
                    "event_id varchar, event_ts timestamp(3) with time zone"
                )
                more = extra if table.endswith("payments_clean") else ""
                session.query(f"create table {table} ({COLUMNS}{more})")
            session.query(
                f'create table {lake_tables.ledger(subject)} (topic varchar, "partition" integer, last_offset bigint)'
            )
        session.query(
            "create table silver.order_state (order_id varchar, currency varchar, order_ts timestamp(3) with time zone)"
        )

    def put(self, subject: str, **offsets: list[int]) -> None:
        """`raw`, `clean`, `duplicates`, `quarantine`: offsets of partition 0; `ledger`: its last offset."""
        tables = {"raw": lake_tables.raw(subject), "ledger": lake_tables.ledger(subject)}
        tables |= {table.name.rpartition("_")[2]: table for table in lake_tables.verdicts(CONTRACTS[subject]).values()}
        columns = {"ledger": 'topic, "partition", last_offset'}
        for table, numbers in offsets.items():
            rows = ", ".join(f"('{self._settings.topics[subject]}', 0, {n})" for n in numbers)
            into = columns.get(table, 'topic, "partition", "offset"')
            self._session.query(f"insert into {tables[table]} ({into}) values {rows}")

    def sql(self, statement: str) -> None:
        self._session.query(statement)

    def drop(self) -> None:
        for schema in SCHEMAS:
            self._session.query(f"drop schema {schema} cascade")


def _create(admin: Any, topic: str, partitions: int = 1, **config: str) -> None:
    config = {name.replace("_", "."): value for name, value in config.items()}
    new = kafka_admin.NewTopic(topic, partitions, 1, config=config)  # type: ignore[attr-defined]
    admin.create_topics([new])[topic].result(timeout=30)


def _produce(settings: Settings, topic: str, keys: list[str], **config: str) -> None:
    producer = Producer({"bootstrap.servers": settings.bootstrap, "linger.ms": 0} | config)
    for key in keys:
        producer.produce(topic, key=key, value=b"{}", partition=0)
        producer.flush(30)  # a batch of its own each, so that segments roll


def _transaction(settings: Settings, topic: str, count: int, *, commit: bool | None) -> Producer:
    """`commit` None leaves it open."""
    producer = Producer({"bootstrap.servers": settings.bootstrap, "transactional.id": uuid.uuid4().hex})
    producer.init_transactions(30)
    producer.begin_transaction()
    for n in range(count):
        producer.produce(topic, key=str(n), value=b"{}", partition=0)
    producer.flush(30)
    if commit is not None:
        (producer.commit_transaction if commit else producer.abort_transaction)(30)
    return producer


def _orders(found: Account) -> PartitionAccount:
    return next(p for p in found.partitions if "orders" in p.topic and p.partition == 0)


def _absent(one: PartitionAccount) -> dict[str, int]:
    return {reason: count for reason, count in one.absent.items() if count}


def _readable(settings: Settings, topic: str, committed: bool = True) -> list[int]:
    with KafkaLog(settings) as log:
        return list(log.reader(topic, 0)(0, 10**9, committed=committed))


def _compacted(settings: Settings, topic: str, at_most: int) -> list[int]:
    for _ in range(90):
        left = _readable(settings, topic)
        if len(left) <= at_most:
            return left
        time.sleep(1)
    pytest.fail(f"the broker did not compact {topic} within 90 s: {left}")


def test_transactions_leave_markers_and_aborted_records(settings: Settings, admin: Any, tables: Tables) -> None:
    topic = settings.topics["orders"]
    _create(admin, topic)
    _transaction(settings, topic, 3, commit=True)  # 0-2, marker 3
    _transaction(settings, topic, 4, commit=False)  # 4-7, marker 8
    _produce(settings, topic, ["a", "b"])  # 9, 10
    _transaction(settings, topic, 1, commit=True)  # 11, marker 12
    assert _readable(settings, topic) == [0, 1, 2, 9, 10, 11]
    tables.put("orders", raw=[0, 1, 2, 9, 10, 11], clean=[0, 2, 9, 11], duplicates=[1], quarantine=[10], ledger=[11])
    found = account(settings)
    one = _orders(found)
    assert (one.clean, one.duplicate, one.quarantined, one.pending) == (4, 1, 1, 0)
    assert _absent(one) == {"aborted": 4, "transaction_marker": 3}
    assert one.end_offset == 13 and one.adds_up and found.ok
    assert one.topic_id


def test_what_bronze_has_not_read_is_pending(settings: Settings, admin: Any, tables: Tables) -> None:
    topic = settings.topics["orders"]
    _create(admin, topic)
    _transaction(settings, topic, 2, commit=False)  # 0-1, marker 2
    _produce(settings, topic, ["a"] * 4)  # 3-6
    open_transaction = _transaction(settings, topic, 2, commit=None)  # 7-8
    before = account(settings)
    tables.put("orders", raw=[3, 4, 5], clean=[3], ledger=[3])
    one = _orders(account(settings))
    tables.put("orders", raw=[6], clean=[4, 5, 6], ledger=[6])
    waits = _orders(account(settings))
    open_transaction.abort_transaction(30)  # marker 9
    end = _orders(account(settings))
    assert (
        before.ok
        and _orders(before).pending == 6
        and _absent(_orders(before)) == {"aborted": 2, "transaction_marker": 1}
    )
    assert (one.clean, one.pending, one.missing) == (1, 5, 0) and one.adds_up
    assert (waits.clean, waits.pending) == (4, 2) and waits.adds_up  # an open transaction may still be committed
    assert (end.pending, _absent(end)) == (0, {"aborted": 4, "transaction_marker": 2}) and end.adds_up


def test_an_expired_range_is_expired_and_a_skipped_record_is_lost(
    settings: Settings, admin: Any, tables: Tables
) -> None:
    topic = settings.topics["orders"]
    _create(admin, topic)
    _produce(settings, topic, list("abcdefghij"))
    cut = admin.delete_records([TopicPartition(topic, 0, 4)])
    assert next(iter(cut.values())).result(timeout=30).low_watermark == 4
    tables.put("orders", raw=[1, 4, 5, 8, 9], clean=[1, 4, 5, 8, 9], ledger=[9])
    found = account(settings)
    one = _orders(found)
    assert _absent(one) == {"expired": 3}
    assert (one.lost, one.first_few["lost"]) == (2, [6, 7])
    assert not one.adds_up and not found.ok and found.problems[0].startswith("LOST: 2 offsets")


def test_a_compacted_topic_has_compacted_offsets(settings: Settings, admin: Any, tables: Tables) -> None:
    topic = settings.topics["orders"]
    _create(
        admin,
        topic,
        cleanup_policy="compact",
        segment_ms="100",
        segment_bytes="1048576",
        min_cleanable_dirty_ratio="0.01",
        max_compaction_lag_ms="100",
        min_compaction_lag_ms="0",
    )
    for _ in range(4):
        _produce(settings, topic, ["a", "b", "c"])
        time.sleep(0.3)
    _produce(settings, topic, ["last"])
    left = _compacted(settings, topic, at_most=7)
    assert left[-1] == 12
    tables.put("orders", raw=left, clean=left, ledger=[12])
    found = account(settings)
    assert _absent(_orders(found)) == {"compacted": 13 - len(left)}
    assert _orders(found).adds_up and found.ok


def test_faults_in_the_tables_are_found(settings: Settings, admin: Any, tables: Tables) -> None:
    topic = settings.topics["orders"]
    _create(admin, topic)
    _produce(settings, topic, list("abcdefgh"))
    tables.put(
        "orders", raw=[0, 1, 2, 3, 4, 4, 5, 6], clean=[0, 1, 2, 4, 7], quarantine=[1], duplicates=[2, 2], ledger=[5]
    )
    found = account(settings)
    one = _orders(found)
    assert (one.clean, one.doubled, one.missing, one.unread, one.pending) == (1, 3, 2, 1, 1)
    assert one.first_few == {"doubled": [1, 2, 4], "missing": [3, 5], "unread": [7]}
    assert not found.ok and len(found.problems) == 3


def test_one_lost_and_one_doubled_do_not_cancel_out(settings: Settings, admin: Any, tables: Tables) -> None:
    _create(admin, settings.topics["orders"])
    _produce(settings, settings.topics["orders"], list("abcd"))
    tables.put("orders", raw=[0, 1, 2, 3], clean=[0, 1, 1, 3], ledger=[3])
    one = _orders(account(settings))
    assert (one.clean, one.doubled, one.missing) == (2, 1, 1)


def test_a_topic_that_is_gone_cannot_be_looked_up(settings: Settings, tables: Tables) -> None:
    tables.put("orders", raw=[0, 1, 3], clean=[0, 1, 3], ledger=[3])
    found = account(settings)
    assert _absent(_orders(found)) == {"unverifiable": 1}
    assert found.ok and any("not on the broker" in note for note in found.notes)


def test_a_topic_made_again_is_a_problem(settings: Settings, admin: Any, tables: Tables) -> None:
    topic = settings.topics["orders"]
    _create(admin, topic)
    _produce(settings, topic, ["a", "b"])
    grown = account(settings, known_topic_ids={topic: "an-older-id"})
    tables.put("orders", raw=[0, 1, 2, 3], clean=[0, 1, 2, 3], ledger=[3])
    shrunk = account(settings)
    assert not grown.ok and not shrunk.ok
    assert "deleted and created again" in grown.problems[0] and "the broker ends at 2" in shrunk.problems[0]


def test_payments_that_no_order_counts_are_listed(settings: Settings, tables: Tables) -> None:
    state, payments = "silver.order_state", "silver.payments_clean"
    now = "timestamp '2026-01-01 10:00:00 UTC'"
    tables.sql(f"insert into {state} values ('o1', 'EUR', {now}), ('o2', null, null)")
    rows = [("o1", "EUR", 10), ("o1", "USD", 5), ("o1", "USD", 7), ("o2", "EUR", 1), ("o3", "JPY", 2)]
    values = ", ".join(
        f"('gone', 0, {n}, '{o}', '{c}', 'CAPTURED', {a}, 'p{n}', {now})" for n, (o, c, a) in enumerate(rows)
    )
    # What moved no money, and a copy that was re-stamped, count for nothing here too.
    values += f", ('gone', 0, 9, 'o1', 'USD', 'FAILED', 99, 'p9', {now})"
    values += f", ('gone', 0, 10, 'o1', 'USD', 'CAPTURED', 5, 'p1', {now})"
    tables.sql(f"insert into {payments} values {values}")
    found = account(settings).to_json()["uncounted_payments"]
    assert found["other_currency_payments"] == 2 and found["unknown_order_payments"] == 2
    assert [(row["currency"], row["amount"]) for row in found["other_currency"]] == [("USD", 12)]
    assert [row["currency"] for row in found["unknown_order"]] == ["EUR", "JPY"]


def test_an_empty_lake_has_everything_pending(settings: Settings, admin: Any) -> None:
    topic = settings.topics["orders"]
    _create(admin, topic, partitions=2)
    _produce(settings, topic, ["a", "b"])
    found = account(settings)
    assert found.ok and found.totals()["pending"] == 2 and found.totals()["offsets"] == 2
    assert len([p for p in found.partitions if p.topic == topic]) == 2
