"""Asks Trino about one order id, as few questions as tell its whole life, two at a time."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from ecom.errors import EcomError
from ecom.explain import queries
from ecom.explain.life import place_of
from ecom.explain.model import Place
from ecom.explain.queries import MOST, Question
from ecom.explain.rows import Gold, Row, Rows, SalesMinute
from ecom.explain.sales import minute_of
from ecom.trino_client import Result

Ask = Callable[[str, tuple[Any, ...]], Result]
AT_ONCE = 2  # as many queries as Trino lets a reader run
NOT_THERE = ("TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND")


def look_up(ask: Ask, order_id: str, paths: Mapping[str, str]) -> Rows:
    """Everything about `order_id`. `paths`: subject to the JSON path of the order id in its messages.

    Raises EcomError: Trino does not answer, or the lake has no tables yet.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return _LookUp(ask, pool, order_id, paths).rows()


class _LookUp:
    def __init__(self, ask: Ask, pool: ThreadPoolExecutor, order_id: str, paths: Mapping[str, str]) -> None:
        self._ask, self._pool, self._order_id, self._paths = ask, pool, order_id, paths

    def rows(self) -> Rows:
        of, paths = self._order_id, self._paths
        judged, state = self._start(queries.judged(of, paths)), self._start(queries.state(of))
        received, ends = self._start(queries.received(of, paths)), self._start(queries.ends())
        builds = self._pool.submit(self._builds)
        found = next(iter(state.result()), None)
        gold = self._gold(found, builds.result()) if found else None
        past = self._now(queries.past(_ends(ends.result()), of, paths))
        known, bronze = judged.result(), _by_place(received.result()) | _by_place(past)
        copies = self._repeats(known)
        more, more_copies, waiting = self._settle(bronze, known, copies)
        known, copies = [*known, *more], [*copies, *more_copies]
        bronze |= self._elsewhere({place_of(row) for row in (*known, *copies)} - bronze.keys())
        cut = max(len(known), len(bronze)) >= MOST
        return Rows(known, copies, list(bronze.values()), waiting, found, gold, cut)

    def _now(self, question: Question) -> list[Row]:
        return list(self._ask(*question).dicts())

    def _start(self, question: Question) -> "Future[list[Row]]":
        return self._pool.submit(self._now, question)

    def _repeats(self, judged: list[Row]) -> list[Row]:
        first = {place_of(row) for row in judged if row["verdict"] == "accepted"}
        found = self._now(queries.duplicates(first)) if first else []
        return [row for row in found if place_of(row, "first_") in first]

    def _settle(self, bronze: dict[Place, Row], judged: list[Row], copies: list[Row]) -> tuple[list[Row], ...]:
        """What else lies in Bronze under this key: accepted for another order, repeats of that, and what waits."""
        left = bronze.keys() - {place_of(row) for row in (*judged, *copies)}
        if not left:
            return [], [], []
        accepted = [row for row in self._now(queries.accepted_at(left)) if place_of(row) in left]
        repeats = [row for row in self._now(queries.duplicates_at(left)) if place_of(row) in left]
        left -= {place_of(row) for row in (*accepted, *repeats)}
        return accepted, repeats, [bronze[place] for place in left]

    def _elsewhere(self, places: set[Place]) -> dict[Place, Row]:
        """Records of Bronze whose key is another."""
        found = self._now(queries.received_at(places, self._paths)) if places else []
        return {place: row for place, row in _by_place(found).items() if place in places}

    def _builds(self) -> list[Row]:
        try:
            return self._now(queries.gold_builds())
        except EcomError as error:
            if not is_missing_table(error):
                raise
            return []

    def _gold(self, now: Row, builds: list[Row]) -> Gold | None:
        if not builds:
            return None
        generation = builds[0]["generation"]
        latest = max(builds, key=lambda row: (row["source_generation"] == generation, row["version"]))
        version = int(latest["version"])
        current = int(self._now(queries.current_version(version))[0]["version"] or 0)
        if current == version and latest["source_generation"] == generation:
            return Gold(version, current, now, True, self._minute(now))
        try:
            seen = next(iter(self._now(queries.state_as_of(version, self._order_id))), None)
        except EcomError:
            return Gold(version, current, None, False, None)
        return Gold(version, current, seen, True, self._minute(seen))

    def _minute(self, row: Row | None) -> SalesMinute | None:
        """Gold's row of the minute in which it counts an order with this row of order_state."""
        minute = minute_of(row)
        found = self._now(queries.sales_minute(*minute)) if minute else []
        return SalesMinute(**found[0]) if found else None


def is_missing_table(error: EcomError) -> bool:
    return any(name in str(error) for name in NOT_THERE)


def _by_place(rows: Iterable[Row]) -> dict[Place, Row]:
    return {place_of(row): row for row in rows}


def _ends(rows: list[Row]) -> dict[tuple[str, int], int]:
    return {(row["topic"], row["partition"]): row["end"] for row in rows}
