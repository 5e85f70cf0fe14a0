"""One form for what the YAML wants and what Metabase has, so that the two can be compared; and the requests' bodies."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any

from ecom.metabase.definition import TAG, Card, Dashboard, Definition, Filter
from ecom.metabase.marker import split

TAG_TYPES = {"string/=": "text", "string/contains": "text", "number/=": "number"}
NANO_ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
Content = dict[str, Any]


def entity_id(key: str) -> str:
    """The 21 letters by which Metabase finds a card whatever a person calls it, always the same for a key."""
    return "".join(NANO_ID[byte % len(NANO_ID)] for byte in hashlib.sha256(f"ecom {key}".encode()).digest()[:21])


def filters_of(card: Card, definition: Definition) -> list[Filter]:
    """Those of the dashboard that the card's SQL takes."""
    used = set(TAG.findall(card.sql))
    return [one for one in definition.dashboard.filters if one.key in used]


def wanted_card(card: Card, definition: Definition, database: str) -> Content:
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
    """`databases` is id to name. Since 0.57 Metabase answers with stages where it was given `native`."""
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


def wanted_dashboard(definition: Definition) -> Content:
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
    """`keys` is a card's id to its key; a card that is not ours is named by its id, a text has none."""
    cards = []
    for one in dashboard.get("dashcards") or []:
        number = one.get("card_id")
        cards.append(
            {
                "card": keys.get(number, f"card {number}") if number else "a text",
                "at": [one[k] for k in ("col", "row", "size_x", "size_y")],
                "filters": [mapping["parameter_id"] for mapping in one.get("parameter_mappings") or []],
                "settings": one.get("visualization_settings") or {},
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
    definition: Definition, ids: Mapping[str, int], there: Mapping[int, int], description: str
) -> dict[str, Any]:
    """`ids` is a card's key to its id, `there` a card's id to its place's id on the dashboard; a new place's is < 0."""
    places = []
    for number, card in enumerate(definition.cards, start=1):
        column, row, width, height = card.at
        mappings = [
            {
                "parameter_id": one.key,
                "card_id": ids[card.key],
                "target": ["variable", ["template-tag", one.key]],
            }
            for one in filters_of(card, definition)
        ]
        places.append(
            {
                "id": there.get(ids[card.key], -number),
                "card_id": ids[card.key],
                "col": column,
                "row": row,
                "size_x": width,
                "size_y": height,
                "parameter_mappings": mappings,
                "visualization_settings": {},
            }
        )
    dashboard: Dashboard = definition.dashboard
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
