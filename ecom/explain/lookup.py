"""Asks Trino about one order id, as few questions as tell its whole life, two at a time."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ecom.base.errors import EcomError
from ecom.explain import queries
from ecom.explain.life import place_of
from ecom.explain.model import Place
from ecom.explain.queries import BETWEEN, MOST, Datasets, Judged, Question, Within
from ecom.explain.rows import Gold, Row, Rows, SalesMinute
from ecom.explain.sales import minute_of
from ecom.lake.delta_log import WITHOUT_DATA
from ecom.lake.trino import Result, is_missing_table

Ask = Callable[[str, tuple[Any, ...]], Result]
AT_ONCE = 2  # as many queries as Trino lets a reader run
LOOK_BACK = 20  # commits of order_state; the last two that changed rows are looked for
DAY = timedelta(days=1)


def look_up(ask: Ask, order_id: str, datasets: Datasets) -> Rows:
    """Everything about `order_id` in these datasets.

    Raises EcomError: Trino does not answer, or the lake has no tables yet.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return _LookUp(ask, pool, order_id, datasets).rows()


@dataclass(frozen=True)
class Build:
    """The version of order_state that Gold was last built from."""

    version: int
    is_current_generation: bool


@dataclass(frozen=True)
class Layers:
    """Rows of all datasets in each layer: where the sums agree, nothing is on its way from one to the next. Of the
    accepted, `countable` are those that order_state is made of, `counted` those that it counts."""

    received: int
    accepted: int
    repeated: int
    refused: int
    countable: int
    counted: int

    @property
    def all_judged(self) -> bool:
        return self.received == self.accepted + self.repeated + self.refused

    @property
    def all_counted(self) -> bool:
        return self.countable == self.counted


class _LookUp:
    def __init__(self, ask: Ask, pool: ThreadPoolExecutor, order_id: str, datasets: Datasets) -> None:
        self._ask, self._pool, self._order_id, self._datasets = ask, pool, order_id, datasets

    def rows(self) -> Rows:
        state, totals = self._start(queries.state(self._order_id)), self._start(queries.totals(self._datasets))
        builds = self._pool.submit(self._builds)
        received = self._start(queries.received(self._order_id, self._datasets))
        now, layers = next(iter(state.result()), None), Layers(**totals.result()[0])
        past = None if layers.all_judged else self._pool.submit(self._past)
        built = latest_build(builds.result())
        needed = (now and built) or not layers.all_counted
        commits = self._now(queries.commits(max(built.version - LOOK_BACK, 0) if built else 0)) if needed else []
        judged = self._pool.submit(self._judged, now, within_of(now, layers, commits))
        gold = self._gold(now, built, int(commits[0]["version"])) if now and built and commits else None
        known, bronze = judged.result(), _by_place(received.result()) | _by_place(past.result() if past else [])
        copies = self._repeats(known)
        more, more_copies, waiting = self._settle(bronze, known, copies)
        known, copies = [*known, *more], [*copies, *more_copies]
        bronze |= self._elsewhere({place_of(row) for row in (*known, *copies)} - bronze.keys())
        cut = max(len(known), len(bronze)) >= MOST
        return Rows(known, copies, list(bronze.values()), waiting, now, gold, cut)

    def _judged(self, state: Row | None, within: Within | None) -> list[Row]:
        """Looks where the events are thought to lie, and in all of the clean tables where that are not all."""
        found = _unique(self._now(queries.judged(self._order_id, self._datasets, within)))
        accepted = sum(row["verdict"] == "accepted" and row["subject"] in queries.COUNTED for row in found)
        if within is None or state is None or accepted >= state["event_count"]:
            return found
        return self._now(queries.judged(self._order_id, self._datasets, None))

    def _past(self) -> list[Row]:
        """Records that Silver has not judged yet and whose message names the order; asked only where records wait."""
        judged = judged_of(self._now(queries.ends(self._datasets)))
        waiting = {row["subject"] for row in self._now(queries.unjudged(judged, self._datasets)) if row["records"]}
        waits = [one for one in self._datasets if one.dataset in waiting]
        return self._now(queries.past(judged, waits, self._order_id)) if waits else []

    def _now(self, question: Question) -> list[Row]:
        return list(self._ask(*question).dicts())

    def _start(self, question: Question) -> "Future[list[Row]]":
        return self._pool.submit(self._now, question)

    def _repeats(self, judged: list[Row]) -> list[Row]:
        first = {place_of(row) for row in judged if row["verdict"] == "accepted"}
        found = self._now(queries.duplicates(first, self._datasets)) if first else []
        return [row for row in found if place_of(row, "first_") in first]

    def _settle(self, bronze: dict[Place, Row], judged: list[Row], copies: list[Row]) -> tuple[list[Row], ...]:
        """What else lies in Bronze under this key: accepted for another order, repeats of that, and what waits."""
        left = bronze.keys() - {place_of(row) for row in (*judged, *copies)}
        if not left:
            return [], [], []
        accepted = [row for row in self._now(queries.accepted_at(left, self._datasets)) if place_of(row) in left]
        repeats = [row for row in self._now(queries.duplicates_at(left, self._datasets)) if place_of(row) in left]
        left -= {place_of(row) for row in (*accepted, *repeats)}
        return accepted, repeats, [bronze[place] for place in left]

    def _elsewhere(self, places: set[Place]) -> dict[Place, Row]:
        """Records of Bronze whose key is another."""
        found = self._now(queries.received_at(places, self._datasets)) if places else []
        return {place: row for place, row in _by_place(found).items() if place in places}

    def _builds(self) -> list[Row]:
        try:
            return self._now(queries.gold_builds())
        except EcomError as error:
            if not is_missing_table(error):
                raise
            return []

    def _gold(self, now: Row, built: Build, current: int) -> Gold:
        if built.is_current_generation and built.version == current:
            return Gold(built.version, current, now, True, self._minute(now))
        try:
            seen = next(iter(self._now(queries.state_as_of(built.version, self._order_id))), None)
        except EcomError:
            return Gold(built.version, current, None, False, None)
        return Gold(built.version, current, seen, True, self._minute(seen))

    def _minute(self, row: Row | None) -> SalesMinute | None:
        """Gold's row of the minute in which it counts an order with this row of order_state."""
        minute = minute_of(row)
        found = self._now(queries.sales_minute(*minute)) if minute else []
        return SalesMinute(**found[0]) if found else None


def latest_build(builds: Sequence[Row]) -> Build | None:
    """`builds` are by generation of order_state; None: Gold was never built."""
    if not builds:
        return None
    generation = builds[0]["generation"]
    latest = max(builds, key=lambda row: (row["source_generation"] == generation, row["version"]))
    return Build(int(latest["version"]), latest["source_generation"] == generation)


def within_of(state: Row | None, layers: Layers, commits: Sequence[Row]) -> Within | None:
    """Where the order's events lie; None: anywhere. What order_state does not know yet was committed after the last
    but one commit of it, since each of its micro-batches reads all that is there when the one before has ended."""
    days = _days(state) if state else None
    if layers.all_counted:
        return Within(days, None)
    changes = [row["at"] for row in commits if row["operation"] not in WITHOUT_DATA]
    return Within(days, changes[1] - BETWEEN) if len(changes) > 1 else None


def _days(state: Row) -> tuple[date, date]:
    """A day more at either end: Trino has rounded the instants."""
    times = [at for name in ("order_ts", "last_payment_ts", "event_ts") if (at := state[name])]
    return min(times).date() - DAY, max(times).date() + DAY


def _unique(rows: list[Row]) -> list[Row]:
    """A new file of a known day is looked at twice."""
    return list(_by_place(rows).values())


def _by_place(rows: Iterable[Row]) -> dict[Place, Row]:
    return {place_of(row): row for row in rows}


def judged_of(rows: Sequence[Row]) -> dict[str, Judged]:
    """By subject, from `queries.ends`. A partition without news has an old last micro-batch, its subject has not."""
    found = {}
    for subject in {row["subject"] for row in rows}:
        own = [row for row in rows if row["subject"] == subject]
        ends = {(row["topic"], row["partition"]): row["end"] for row in own}
        found[subject] = Judged(ends, max(row["began"] for row in own))
    return found
