"""Random event histories, cut into random micro-batches, partitions interleaved at random: the tables are those of
one batch, which the oracle computes from the same records."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from ecom.base.settings import ROOT, Settings
from ecom.lake import tables
from ecom.lake.commit_note import CommitNote
from ecom.trust.verify import sales_by_minute, verify
from oracle import Record, compare, read_datasets, recompute
from spark_jobs import commits
from spark_jobs.derived.order_state import DERIVED
from spark_jobs.tables import ensure, struct
from tests.lake import all_tables, delete_checkpoint, empty_lake, run_derived, run_silver, verdicts_by_spark

DATASETS = read_datasets(ROOT / "contracts")
RECEIVED = datetime(2026, 3, 1, tzinfo=UTC)
NOTE = CommitNote("test", "none", 0)
# Around a month's and a day's end, and a day before: an order moves between minutes, days and months.
MOMENTS = [RECEIVED - timedelta(hours=1) + timedelta(seconds=s) for s in (-90_000, -45, 0, 59.9996, 3600, 3660)]


@dataclass(frozen=True)
class History:
    """Records as they arrive; each run reads the next of `runs`, after the checkpoint in `lost` went."""

    records: list[Record]
    runs: list[list[Record]]
    lost: list[str | None]


@st.composite
def events(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """(subject, order_id, value): small sets, so that copies, conflicts and both kinds of latest event are common."""
    order_id = draw(st.sampled_from(["A", "B", "C"]))
    at = draw(st.sampled_from(MOMENTS)).isoformat()
    currency = draw(st.sampled_from(["USD", "USD", "USD", "EUR"]))
    number = draw(st.integers(1, 6))
    if draw(st.booleans()):
        status = draw(st.sampled_from(["CREATED", "PAID", "CANCELLED", "NONSENSE"]))
        fields: dict[str, Any] = {"total_amount": draw(st.sampled_from([0, 5, "7.50"])), "user_id": "u", "items": []}
        subject = "orders"
    else:
        status = draw(st.sampled_from(["CAPTURED", "CAPTURED", "REFUNDED", "FAILED"]))
        fields, subject = {"amount_cents": draw(st.sampled_from([250, 500, 750]))}, "payments"
    common = {"event_id": f"{order_id}{number}", "order_id": order_id, "status": status}
    return subject, order_id, json.dumps(common | fields | {"currency": currency, "event_ts": at}).encode()


@st.composite
def histories(draw: st.DrawFn) -> History:
    sent = draw(st.lists(events(), min_size=4, max_size=40))
    next_offset: dict[tuple[str, int], int] = defaultdict(int)
    queues: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for subject, order_id, value in sent:
        place = (subject, ord(order_id) % 3)
        queues[place].append(
            Record(subject, subject, place[1], next_offset[place], int(RECEIVED.timestamp() * 1000), b"k", value)
        )
        next_offset[place] += 1
    arriving = []
    while any(queues.values()):
        place = draw(st.sampled_from(sorted(p for p, waiting in queues.items() if waiting)))
        arriving.append(queues[place].pop(0))
    cuts = sorted(draw(st.sets(st.integers(1, len(arriving)), max_size=3)) | {len(arriving)})
    runs = [arriving[a:b] for a, b in zip([0, *cuts], cuts, strict=False)]
    lost = draw(st.lists(st.sampled_from([None, "silver_orders", "silver_payments", "silver_enrich"]),
                         min_size=len(runs), max_size=len(runs)))  # fmt: skip
    return History(arriving, runs, lost)


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(history=histories())
def test_any_history_in_any_cut_gives_the_tables_of_one_batch(
    history: History, spark: SparkSession, stack: Settings
) -> None:
    empty_lake(stack)
    ensure(spark, stack, *all_tables(stack))
    for records, lost in zip(history.runs, history.lost, strict=True):
        receive(spark, stack, records)
        if lost:
            delete_checkpoint(stack, lost)
        run_silver(spark, stack)
        run_derived(spark, stack)
    expected = recompute(history.records, DATASETS)
    assert verdicts_by_spark(spark, stack) == {p: (v.kind, v.reasons) for p, v in expected.verdicts.items()}
    state = spark.read.format("delta").load(DERIVED.table.path(stack))
    assert {(r["order_id"], r["event_count"], r["paid_amount"], r["status"]) for r in state.collect()} == {
        (o.order_id, o.event_count, o.paid_amount, o.status) for o in expected.orders.values()
    }
    assert compare((row.asDict() for row in sales_by_minute(state).collect()), expected) == []
    assert verify(spark, stack).comparisons[0].examples == []


def receive(spark: SparkSession, lake: Settings, records: list[Record]) -> None:
    """Into Bronze, as `bronze_stream` writes it, without the way through Kafka."""
    for subject in DATASETS:
        rows = [
            ("k", (r.value or b"").decode(), None, None, r.topic, r.partition, r.offset, RECEIVED, RECEIVED, None)
            for r in records
            if r.subject == subject
        ]
        if rows:
            table = tables.raw(subject)
            commits.append(spark.createDataFrame(rows, struct(table)), table.path(lake), NOTE)
