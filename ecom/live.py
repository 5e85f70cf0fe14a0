"""The resident engine, `ecom live`: one Spark session that receives, judges and derives, and one dbt that builds Gold.

Bronze's streams run on as events come; after them, whatever has news is brought up to date in turn, by the functions
and under the locks of `ecom run`: Silver, what is derived, Gold. What fails is logged, tried again after a while, and
holds up nothing that does not rest on it.
"""

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING

from pyspark.errors import PySparkException

from ecom.base.errors import EcomError
from ecom.base.progress import timed
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
from ecom.dbt.resident import ResidentDbt
from ecom.engine import refuse_another
from ecom.lake.pending import derived_is_pending, silver_is_pending
from ecom.pipeline import build_gold, make_tables, publish_lake
from spark_jobs import bronze_resident, derive, silver
from spark_jobs.derived import Derived, computable
from spark_jobs.job import LockedError, one_writer

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

log = logging.getLogger("ecom.live")
RETRY_S = 30.0
JOIN_S = 2.0


def run(settings: Settings) -> None:
    """Returns when SIGTERM came. Raises EcomError, a sentence, when another engine is at work, or no stream of Bronze
    could be started."""
    refuse_another(settings)
    bronze_resident.run(settings, refusal=refusal(os.getpid()), beside=lambda spark: Followers(spark, settings))


def refusal(pid: int) -> str:
    return (
        f"The engine (`ecom live`, pid {pid}) is at it: events go through Bronze, Silver and Gold as they come; "
        "`ecom run all` waits for it, `ecom status` shows it."
    )


class Followers(Thread):
    """Silver, what is derived, and Gold, each when its sources have news. `failed`: by name, what did not go well."""

    def __init__(self, spark: "SparkSession", settings: Settings) -> None:
        super().__init__(name="followers", daemon=True)
        self._spark, self._settings = spark, settings
        self._contracts = load_datasets(settings)
        self._dbt, self._ending = ResidentDbt(settings), Event()
        self.failed: dict[str, str] = {}
        self._again_at: dict[str, float] = {}

    def run(self) -> None:
        self._spark.sparkContext.setLocalProperty("spark.scheduler.pool", "followers")
        self._try("tables", self._make_tables)
        while not self._ending.wait(self._settings.bronze_trigger_seconds):
            self.step()

    def step(self) -> None:
        """Each layer once, where it has news."""
        with ThreadPoolExecutor(len(self._contracts)) as beside:  # they share no table
            judging = [
                beside.submit(self._try, f"Silver of {contract.dataset}", partial(self._judge, contract))
                for contract in self._contracts.values()
            ]
        for one in judging:
            one.result()  # what _try does not expect ends the engine
        for derived in computable(self._contracts)[0]:
            self._try(derived.table.name, partial(self._derive, derived))
        self._try("Gold", partial(build_gold, self._settings, self._contracts, dbt=self._dbt))

    def stop(self) -> None:
        self._ending.set()
        self._dbt.stop()
        self.join(JOIN_S)

    def _make_tables(self) -> None:
        make_tables(self._spark, self._settings)
        publish_lake(self._settings)

    def _judge(self, contract: Contract) -> None:
        if silver_is_pending(self._settings, contract):
            self._spark.sparkContext.setLocalProperty("spark.scheduler.pool", f"silver_{contract.dataset}")
            with one_writer(self._settings, f"silver_{contract.dataset}"), timed(f"Silver: {contract.dataset}"):
                silver.run(self._spark, self._settings, contract)

    def _derive(self, derived: Derived) -> None:
        if derived_is_pending(self._settings, derived.table, derived.sources(self._contracts)):
            with one_writer(self._settings, derived.job), timed(f"Silver: {derived.table.name}"):
                derive.run(self._spark, self._settings, derived, dict(self._contracts))

    def _try(self, name: str, work: Callable[[], object]) -> None:
        if self._ending.is_set() or time.monotonic() < self._again_at.get(name, 0):
            return
        try:
            work()
        except LockedError:
            return  # a run by hand or by schedule is at it; what it leaves is looked at in the next round
        except (EcomError, PySparkException) as error:
            if not self._ending.is_set():
                self._note(name, error)
            return
        if self.failed.pop(name, None):
            log.info("%s: at work again", name)

    def _note(self, name: str, error: Exception) -> None:
        why = str(error) if isinstance(error, EcomError) else str(error).strip().partition("\n")[0][:400]
        if self.failed.get(name) != why:
            log.error("%s does not get on, the rest goes on: %s", name, why)
        self.failed[name] = why
        self._again_at[name] = time.monotonic() + RETRY_S
