"""Cards and dashboards as plain dicts: what the YAML wants and what Metabase has in the same form, to be compared.

Also the bodies of the requests that create or change them.
"""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from ecom.metabase.definition import GRID, TAG, Card, Dashboard, Definition, Filter, Place
from ecom.metabase.marker import split

TAG_TYPES = {"string/=": "text", "string/contains": "text", "number/=": "number"}
NANO_ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
A_TEXT, ITSELF = "a text", "ITSELF"
Content = dict[str, Any]
VIRTUAL: Content = {
    "name": None,
    "display": "text",
    "archived": False,
    "visualization_settings": {},
    "dataset_query": {},
}


def entity_id(key: str) -> str:
    """The `entity_id` of the card with this key: 21 letters, which renaming does not change."""
    return "".join(NANO_ID[byte % len(NANO_ID)] for byte in hashlib.sha256(f"ecom {key}".encode()).digest()[:21])


def filters_of(card: Card, definition: Definition) -> list[Filter]:
    """The dashboard's filters whose `{{key}}` stands in the card's SQL."""
    used = set(TAG.findall(card.sql))
    return [one for one in definition.dashboard.filters if one.key in used]


def wanted_card(card: Card, definition: Definition, database: str) -> Content:
    """The card that the YAML defines, in the form in which `card_as_kept` gives Metabase's."""
    return {
        "name": card.name,
        "description": card.description,
        "display": card.display,
        "database": database,
        "sql": card.sql.strip(),
        "filters": {one.key: [TAG_TYPES[one.type], one.name] for one in filters_of(card, definition)},
        "settings": card.settings,
        "archived": False,
    }


def card_as_kept(card: Mapping[str, Any], databases: Mapping[int, str]) -> Content:
    """A card as Metabase's API returned it, in the form of `wanted_card`. `databases` is id to name.

    Since 0.57 Metabase answers with `stages`, although the request said `native`.
    """
    query = card["dataset_query"]
    native = query.get("native") or {}
    sql, tags = native.get("query"), native.get("template-tags")
    if query.get("stages"):
        stage = query["stages"][0]
        sql, tags = stage.get("native"), stage.get("template-tags")
    number = query.get("database")
    return {
        "name": card["name"],
        "description": split(card.get("description"))[0],
        "display": card["display"],
        "database": databases.get(number, f"database {number}"),
        "sql": sql.strip() if isinstance(sql, str) else query,
        "filters": {name: [tag["type"], tag["display-name"]] for name, tag in (tags or {}).items()},
        "settings": card.get("visualization_settings") or {},
        "archived": bool(card.get("archived")),
    }


def card_body(card: Card, definition: Definition, database: int, description: str) -> dict[str, Any]:
    """The body of the request that creates or changes the card. `database` is the connection's id in Metabase."""
    tags = {
        one.key: {
            "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"ecom {card.key} {one.key}")),
            "name": one.key,
            "display-name": one.name,
            "type": TAG_TYPES[one.type],
        }
        for one in filters_of(card, definition)
    }
    native = {"query": card.sql.strip(), "template-tags": tags}
    return {
        "name": card.name,
        "description": description,
        "display": card.display,
        "dataset_query": {"database": database, "type": "native", "native": native},
        "visualization_settings": card.settings,
    }


def refresh_links(dashboard: Dashboard, number: int | str) -> dict[int, str]:
    """For each number of minutes, the path of the dashboard that refreshes itself so often."""
    return {minutes: f"/dashboard/{number}#refresh={minutes * 60}" for minutes in dashboard.refresh.minutes}


def refresh_text(dashboard: Dashboard, number: int | str) -> str:
    links = " · ".join(f"[{minutes}]({link})" for minutes, link in refresh_links(dashboard, number).items())
    return f"Load this dashboard again every so many minutes: {links}"


def wanted_dashboard(definition: Definition) -> Content:
    """The dashboard that the YAML defines, in the form in which `dashboard_as_kept` gives Metabase's."""
    dashboard = definition.dashboard
    cards = [
        {
            "card": card.key,
            "at": list(card.at),
            "filters": [one.key for one in filters_of(card, definition)],
            "settings": {},
        }
        for card in definition.cards
    ]
    text = {"text": refresh_text(dashboard, ITSELF)}
    cards.append({"card": A_TEXT, "at": list(dashboard.refresh.at), "filters": [], "settings": text})
    return {
        "name": dashboard.name,
        "description": dashboard.description,
        "width": dashboard.width,
        "filters": [[one.key, one.name, one.type] for one in dashboard.filters],
        "cards": sorted(cards, key=lambda one: (one["at"][1], one["at"][0])),
        "tabs": [],
        "archived": False,
    }


def dashboard_as_kept(dashboard: Mapping[str, Any], keys: Mapping[int, str]) -> Content:
    """A dashboard as Metabase's API returned it, in the form of `wanted_dashboard`.

    `keys` is a card's id to its key in the YAML; a card that is not ours is named by its id.
    """
    cards = []
    for one in dashboard.get("dashcards") or []:
        number, settings = one.get("card_id"), one.get("visualization_settings") or {}
        if not number:
            text = str(settings.get("text") or settings).replace(
                f"/dashboard/{dashboard['id']}#", f"/dashboard/{ITSELF}#"
            )
            settings = {"text": text}
        cards.append(
            {
                "card": keys.get(number, f"card {number}") if number else A_TEXT,
                "at": [one[k] for k in ("col", "row", "size_x", "size_y")],
                "filters": [mapping["parameter_id"] for mapping in one.get("parameter_mappings") or []],
                "settings": settings,
            }
        )
    return {
        "name": dashboard["name"],
        "description": split(dashboard.get("description"))[0],
        "width": dashboard.get("width") or "fixed",
        "filters": [[one["id"], one.get("name"), one["type"]] for one in dashboard.get("parameters") or []],
        "cards": sorted(cards, key=lambda one: (one["at"][1], one["at"][0])),
        "tabs": [one["name"] for one in dashboard.get("tabs") or []],
        "archived": bool(dashboard.get("archived")),
    }


def dashboard_body(
    definition: Definition, number: int, ids: Mapping[str, int], there: Mapping[int, int], description: str
) -> dict[str, Any]:
    """The body of the request that changes the dashboard of id `number`.

    `ids` gives each card's id in Metabase by its key in the YAML. `there` gives, by card id (0 is the text), the id of
    its existing place on the dashboard; Metabase wants a negative id for a place that is to be created.
    """
    dashboard = definition.dashboard
    places = [_place(dashboard.refresh.at, there.get(0, -GRID * GRID), None)]
    text = {"virtual_card": VIRTUAL, "text": refresh_text(dashboard, number)}
    places[0]["visualization_settings"] = text
    for position, card in enumerate(definition.cards, start=1):
        place = _place(card.at, there.get(ids[card.key], -position), ids[card.key])
        for one in filters_of(card, definition):
            target = ["variable", ["template-tag", one.key]]
            place["parameter_mappings"].append({"parameter_id": one.key, "card_id": ids[card.key], "target": target})
        places.append(place)
    return {
        "name": dashboard.name,
        "description": description,
        "width": dashboard.width,
        "parameters": [
            {"id": one.key, "slug": one.key, "name": one.name, "type": one.type, "sectionId": one.type.split("/")[0]}
            for one in dashboard.filters
        ],
        "dashcards": places,
        "tabs": [],
    }


def _place(at: Place, number: int, card: int | None) -> dict[str, Any]:
    column, row, width, height = at
    size = {"col": column, "row": row, "size_x": width, "size_y": height}
    return {"id": number, "card_id": card, "parameter_mappings": [], "visualization_settings": {}} | size
