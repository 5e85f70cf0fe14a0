"""Brings what the YAML wants into a Metabase: compares first, then writes only what differs and is nobody's edit."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecom.metabase import database
from ecom.metabase.client import Client
from ecom.metabase.content import (
    Content,
    card_as_kept,
    card_body,
    dashboard_as_kept,
    dashboard_body,
    entity_id,
    refresh_links,
    wanted_card,
    wanted_dashboard,
)
from ecom.metabase.definition import Card, Definition
from ecom.metabase.marker import UNSEALED, Marker, fingerprint, split, with_marker
from ecom.metabase.verdict import LEFT_ALONE, Found, Verdict, differing, judge


@dataclass(frozen=True)
class Outcome:
    """`differs` names what is otherwise than the YAML says; `left` when it stays so."""

    thing: str
    verdict: Verdict
    differs: tuple[str, ...] = ()
    left: bool = False


@dataclass
class Provision:
    """One run. With `plan_only` nothing is written."""

    client: Client
    overwrite: bool = False
    plan_only: bool = False
    within: float = 120
    outcomes: list[Outcome] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)  # of each dashboard, below Metabase's address

    def run(self, definitions: list[Definition], to: database.Connection) -> None:
        number = self._connect(to)
        for definition in definitions:
            self._bring(definition, number)
        self._retire(definitions)

    def _connect(self, to: database.Connection) -> int | None:
        seen = database.find(self.client, to.wanted)
        number = self._settle(
            Thing(database.NAME, database.KEY, "/api/database", to.wanted),
            seen,
            lambda known, text: self._write_database(known, text, to),
            lambda one: database.found(one, to.wanted).content,
        )
        if number is not None and not self.plan_only:
            there = self.client.get(f"/api/database/{number}").get("details") or {}
            database.check(self.client, number, there.get("host", to.host), there.get("port", to.port))
            database.wait_for_tables(self.client, number, self.within)
        return number

    def _write_database(self, known: int | None, text: str, to: database.Connection) -> int:
        if known is None:
            number = database.create(self.client, to)
            self.client.put(f"/api/database/{number}", {"description": text})
            return number
        body = {"name": database.NAME, "description": text, "engine": "starburst", "details": to.details}
        with database.connecting(self.client, to):
            self.client.put(f"/api/database/{known}", body)
        return known

    def _bring(self, definition: Definition, number: int | None) -> None:
        collection = self._find_collection(definition)
        if collection is None:
            self.outcomes.append(Outcome(f"collection {definition.collection.name}", Verdict.CREATE))
            collection = None if self.plan_only else self._make_collection(definition)
        shelf = Shelf(definition, collection, number, self._cards_in(collection) if collection else [])
        names = self._database_names()
        ids = {card.key: self._card(card, shelf, names) for card in definition.cards}
        self._dashboard(shelf, {key: number for key, number in ids.items() if number})

    def _find_collection(self, definition: Definition) -> int | None:
        key = f"{definition.dashboard.key}_collection"
        listed = [one for one in self.client.get("/api/collection") if not one.get("archived")]
        return next((int(one["id"]) for one in _ours_first(listed, key, definition.collection.name)), None)

    def _make_collection(self, definition: Definition) -> int:
        marker = Marker(f"{definition.dashboard.key}_collection", UNSEALED, UNSEALED)
        text = with_marker(definition.collection.description, marker)
        return int(self.client.post("/api/collection", {"name": definition.collection.name, "description": text})["id"])

    def _card(self, card: Card, shelf: "Shelf", names: Mapping[int, str]) -> int | None:
        there = self._find_card(card, shelf)
        seen = Found(there["id"], card_as_kept(there, names), split(there.get("description"))[1]) if there else None

        def write(known: int | None, text: str) -> int:
            body = card_body(card, shelf.definition, shelf.database or 0, text)
            if known:
                self.client.put(f"/api/card/{known}", body | {"archived": False})
                return known
            new = {"entity_id": entity_id(card.key), "collection_id": shelf.collection, "type": "question"}
            return int(self.client.post("/api/card", body | new)["id"])

        thing = Thing(f"card {card.name}", card.key, "/api/card", wanted_card(card, shelf.definition, database.NAME))
        return self._settle(thing, seen, write, lambda one: card_as_kept(one, names))

    def _find_card(self, card: Card, shelf: "Shelf") -> Any:
        """By the id that we gave it, wherever it is; else in our collection."""
        if found := self.client.find(f"/api/card/{entity_id(card.key)}"):
            return found
        for one in _ours_first(shelf.cards, card.key, card.name):
            return self.client.get(f"/api/card/{one['id']}")
        return None

    def _dashboard(self, shelf: "Shelf", ids: Mapping[str, int]) -> None:
        wanted = shelf.definition.dashboard
        there = self._find_dashboard(shelf)
        keys = {one["id"]: key for one in shelf.cards if (key := _key_of(one))} | {n: key for key, n in ids.items()}
        places = {one.get("card_id") or 0: one["id"] for one in (there or {}).get("dashcards") or []}
        seen = None
        if there:
            seen = Found(there["id"], dashboard_as_kept(there, keys), split(there.get("description"))[1])

        def write(known: int | None, text: str) -> int:
            new = {"name": wanted.name, "description": text, "collection_id": shelf.collection}
            to = known or int(self.client.post("/api/dashboard", new)["id"])
            body = dashboard_body(shelf.definition, to, ids, places, text)
            self.client.put(f"/api/dashboard/{to}", body | ({"archived": False} if known else {}))
            return to

        content = wanted_dashboard(shelf.definition)
        thing = Thing(f"dashboard {wanted.name}", wanted.key, "/api/dashboard", content)
        settled = self._settle(thing, seen, write, lambda one: dashboard_as_kept(one, keys))
        if settled:
            self.links[wanted.name] = list(refresh_links(wanted, settled).values())

    def _find_dashboard(self, shelf: "Shelf") -> Any:
        """Ours wherever a person put it, the trash too; else one of its name in our collection."""
        listed = self.client.get("/api/dashboard", f="all") + self.client.get("/api/dashboard", f="archived")
        wanted = shelf.definition.dashboard
        here = [one for one in listed if one.get("collection_id") == shelf.collection or _key_of(one) == wanted.key]
        for one in _ours_first(here, wanted.key, wanted.name):
            return self.client.get(f"/api/dashboard/{one['id']}")
        return None

    def _retire(self, definitions: list[Definition]) -> None:
        """Cards of ours that no YAML has any more go to the trash, where Metabase keeps them; edited ones stay."""
        keys = {card.key for definition in definitions for card in definition.cards}
        collections = {number for one in definitions if (number := self._find_collection(one))}
        names = self._database_names()
        for one in [card for number in sorted(collections) for card in self._cards_in(number)]:
            marker = split(one.get("description"))[1]
            if marker is None or marker.key in keys:
                continue
            kept = fingerprint(card_as_kept(self.client.get(f"/api/card/{one['id']}"), names))
            edited = kept != marker.kept and not self.overwrite
            self.outcomes.append(Outcome(f"card {one['name']}", Verdict.RETIRE, ("the YAML",), edited))
            if not self.plan_only and not edited:
                self.client.put(f"/api/card/{one['id']}", {"archived": True})

    def _cards_in(self, collection: int) -> list[Mapping[str, Any]]:
        return list(self.client.get(f"/api/collection/{collection}/items", models="card")["data"])

    def _database_names(self) -> dict[int, str]:
        return {one["id"]: one["name"] for one in self.client.get("/api/database")["data"]}

    def _settle(
        self,
        thing: "Thing",
        seen: Found | None,
        write: Callable[[int | None, str], int],
        read: Callable[[Mapping[str, Any]], Content],
    ) -> int | None:
        """Its id, once it is as wanted or left alone; None: it isn't there, and nothing is to be written."""
        verdict = judge(thing.wanted, seen)
        differs = tuple(differing(thing.wanted, seen)) if seen else ()
        left = verdict in LEFT_ALONE and not self.overwrite
        self.outcomes.append(Outcome(thing.title, verdict, differs, left))
        known = seen.id if seen else None
        if left or verdict is Verdict.SAME or self.plan_only:
            return known
        wanted, text = fingerprint(thing.wanted), str(thing.wanted["description"])
        if verdict is not Verdict.ADOPT:
            known = write(known, with_marker(text, Marker(thing.key, wanted, UNSEALED)))
        # The description is written below, with the fingerprint of all the rest as Metabase has it.
        kept = fingerprint(read(self.client.get(f"{thing.path}/{known}")) | {"description": text})
        sealed = with_marker(text, Marker(thing.key, wanted, kept))
        self.client.put(f"{thing.path}/{known}", {"description": sealed})
        return known


@dataclass(frozen=True)
class Shelf:
    """Where one YAML's things are in Metabase: its collection, the database, the cards that lie there."""

    definition: Definition
    collection: int | None
    database: int | None
    cards: list[Mapping[str, Any]]


@dataclass(frozen=True)
class Thing:
    """What the YAML wants of one thing; `path` is where the API keeps its kind."""

    title: str
    key: str
    path: str
    wanted: Content


def _key_of(one: Mapping[str, Any]) -> str | None:
    marker = split(one.get("description"))[1]
    return marker.key if marker else None


def _ours_first(listed: list[Mapping[str, Any]], key: str, name: str) -> list[Mapping[str, Any]]:
    """Those that bear our key, whatever a person calls them, then those of the name."""
    ours = [one for one in listed if _key_of(one) == key]
    return ours + [one for one in listed if one["name"] == name and _key_of(one) is None]
