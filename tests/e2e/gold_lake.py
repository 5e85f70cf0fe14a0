"""An `order_state` to test Gold with, written by Spark as `silver_enrich` writes it, and dbt as a user calls it."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession

from ecom.base.settings import ROOT, Settings
from ecom.lake.tables import GENERATION
from ecom.lake.trino import query
from spark_jobs.derived.order_state import DERIVED
from spark_jobs.tables import ensure, struct
from tests.dbt import dbt
from tests.lake import all_tables, environment_of, publish_tables

ORDER_STATE = DERIVED.table
Minute = tuple[datetime, str]


@dataclass(frozen=True)
class Order:
    """One row of `order_state`; `order_ts` None: only its payments are known."""

    order_id: str
    order_ts: datetime | None
    total: str = "10.0000"
    paid: str = "10.0000"
    refunded: str = "0.0000"
    currency: str = "USD"
    status: str = "PAID"
    event_count: int = 1

    def row(self, now: datetime) -> tuple[Any, ...]:
        known = self.order_ts is not None
        minute = self.order_ts.replace(second=0, microsecond=0) if self.order_ts else None
        return (
            self.order_id,
            "user" if known else None,
            self.status if known else None,
            self.currency if known else None,
            Decimal(self.total) if known else None,
            [] if known else None,
            self.order_ts,
            minute,
            Decimal(self.paid),
            Decimal(self.refunded),
            0,
            None,
            self.order_ts or now,
            self.event_count,
            now,
            (self.order_ts or now).date().replace(day=1),
            0,
            False,
        )


@dataclass
class GoldLake:
    """`order_state` on the given stack; `put` and `build` are the two things that a test does."""

    spark: SparkSession
    settings: Settings
    now: datetime
    work: Path
    orders: dict[str, Order] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return ORDER_STATE.path(self.settings)

    def empty(self) -> None:
        """No order, and Gold as on a machine where nothing ever ran."""
        for schema in ("gold", "gold_audit"):
            self.sql(f"create schema if not exists {schema}")
        for table in ("gold.fct_sales_minute", "gold_audit.dbt_results", "gold_audit.sales_builds"):
            self.sql(f"drop table if exists {table}")
        self.new_generation([])

    def forget(self) -> None:
        """Not even `order_state`."""
        self.empty()
        self.sql("call delta.system.unregister_table('silver', 'order_state')")

    def new_generation(self, orders: Iterable[Order]) -> None:
        """`order_state` rebuilt in place, as a correction does it: the old rows are overwritten."""
        ensure(self.spark, self.settings, *all_tables(self.settings))
        publish_tables(self.settings)
        self.orders = {order.order_id: order for order in orders}
        self._frame(self.orders.values()).write.format("delta").mode("overwrite").save(self.path)
        self.spark.sql(f"alter table delta.`{self.path}` set tblproperties ('{GENERATION}' = '{uuid.uuid4()}')")

    def put(self, *orders: Order) -> None:
        """One commit: a MERGE by order_id, as `silver_enrich` does it."""
        self.orders |= {order.order_id: order for order in orders}
        merge = (
            DeltaTable.forPath(self.spark, self.path)
            .alias("t")
            .merge(self._frame(orders).alias("s"), "s.order_id = t.order_id")
        )
        merge.whenMatchedUpdateAll().whenNotMatchedInsertAll().execute()

    def remove(self, *order_ids: str) -> None:
        """Takes rows out, which no job of ours does: the way back from a bad row."""
        for order_id in order_ids:
            del self.orders[order_id]
        listed = ", ".join(f"'{order_id}'" for order_id in order_ids)
        DeltaTable.forPath(self.spark, self.path).delete(f"order_id in ({listed})")

    def vacuum(self) -> None:
        """Takes the change feed's files; the history keeps the versions."""
        check = "spark.databricks.delta.retentionDurationCheck.enabled"
        self.spark.conf.set(check, "false")
        DeltaTable.forPath(self.spark, self.path).vacuum(0)
        self.spark.conf.set(check, "true")

    def expected(self) -> dict[Minute, tuple[Decimal, Decimal, Decimal, int]]:
        """Gold by plain Python: (minute, currency) to gmv, refunded_amount, net_sales, paid_orders."""
        gold: dict[Minute, tuple[Decimal, Decimal, Decimal, int]] = {}
        for o in self.orders.values():
            if o.order_ts is None or o.status == "CANCELLED" or Decimal(o.paid) < Decimal(o.total):
                continue
            key = (o.order_ts.replace(second=0, microsecond=0), o.currency)
            gmv, refunded, _, count = gold.get(key, (Decimal(0), Decimal(0), Decimal(0), 0))
            gmv, refunded = gmv + Decimal(o.total), refunded + Decimal(o.refunded)
            gold[key] = (gmv, refunded, gmv - refunded, count + 1)
        return gold

    def gold(self) -> dict[Minute, tuple[Decimal, Decimal, Decimal, int]]:
        columns = "minute_bucket, currency, gmv, refunded_amount, net_sales, paid_orders"
        rows = self.sql(f"select {columns} from gold.fct_sales_minute")
        found = {(row[0], row[1]): tuple(row[2:]) for row in rows}
        assert len(found) == len(rows), "a minute is there twice"
        return found

    def gold_version(self) -> int:
        return int(self.sql('select max(version) from gold."fct_sales_minute$history"')[0][0])

    def written_since(self, version: int) -> set[Minute]:
        """The minutes that Gold's own change feed says were written after `version`."""
        feed = f"table(delta.system.table_changes('gold', 'fct_sales_minute', {version}))"
        return {(row[0], row[1]) for row in self.sql(f"select distinct minute_bucket, currency from {feed}")}

    def left_in_audit(self, purpose: str) -> list[str]:
        """Tables of that purpose (`changes`, `rejected`) in gold_audit."""
        names = "select table_name from information_schema.tables where table_schema = 'gold_audit'"
        return [row[0] for row in self.sql(names) if f"__{purpose}__" in row[0]]

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        return query(self.settings, statement).rows

    def start_dbt(self, *arguments: str) -> subprocess.Popen[str]:
        """The `dbt` command in dbt_project/, which finds Trino by itself; its artifacts in a folder of this call."""
        target = self.work / uuid.uuid4().hex[:8]
        folders = {"DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target / "logs"), "NO_COLOR": "1"}
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("dbt")), *arguments],
            cwd=ROOT / "dbt_project",
            env=environment_of(self.settings) | folders,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def dbt(self, *arguments: str, code: int = 0) -> str:
        """Its output, once it ended with `code`."""
        return dbt(self.settings, *arguments, code=code)

    def build(self, code: int = 0, **dbt_vars: Any) -> str:
        given = ("--vars", json.dumps(dbt_vars)) if dbt_vars else ()
        return self.dbt("build", "-s", "fct_sales_minute", "--exclude-resource-type", "unit_test", *given, code=code)

    def _frame(self, orders: Iterable[Order]) -> DataFrame:
        return self.spark.createDataFrame([order.row(self.now) for order in orders], struct(ORDER_STATE))


def minutes_after(start: datetime, *minutes: int) -> list[datetime]:
    return [start + timedelta(minutes=m) for m in minutes]


def changed(order: Order, **fields: Any) -> Order:
    """The order's row after one more event."""
    return replace(order, event_count=order.event_count + 1, **fields)
