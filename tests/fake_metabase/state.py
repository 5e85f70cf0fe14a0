"""What the stand-in keeps, and the answer to each route. Answers have the form of a Metabase of today: queries as
stages, lists in `data` where Metabase has them there."""

import re
import secrets
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

CREATED = "2026-01-31T10:00:00Z"
ADMINISTRATORS = 2
SALES = ("minute_bucket", "currency", "gmv", "refunded_amount", "net_sales", "paid_orders")
GOLD = {
    "fct_sales_minute": [*SALES, "source_generation", "source_version", "processed_ts"],
    "vw_sales_last_60min": [*SALES],
    "vw_quarantine_last_24h": ["topic", "reasons", "records", "newest_ts"],
}
Json = dict[str, Any]


class Answer(Exception):  # noqa: N818 (it is an answer)
    """What is answered in place of a success."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status, body)
        self.status, self.body = status, body


def not_found() -> Answer:
    return Answer(404, "Not found.")


def invalid(**errors: str) -> Answer:
    return Answer(400, {"errors": errors, "specific-errors": errors})


@dataclass
class State:
    """The world around it: `trino` is where a Trino answers, `tables` what its schema `gold` has.

    `defaults` are filled into a card's settings, as a newer Metabase may do; `syncs_after` counts looks at the tables.
    """

    trino: tuple[str, int] = ("trino", 8080)
    tables: dict[str, list[str]] = field(default_factory=lambda: deepcopy(GOLD))
    tag: str = "v0.63.18.2"
    healthy_after: int = 0
    syncs_after: int = 1
    defaults: Json = field(default_factory=dict)
    setup_token: str | None = field(default_factory=lambda: secrets.token_hex(16))
    users: dict[int, Json] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)  # session or API key to user
    keys: dict[int, Json] = field(default_factory=dict)
    databases: dict[int, Json] = field(default_factory=dict)
    known_tables: dict[int, Json] = field(default_factory=dict)
    collections: dict[int, Json] = field(default_factory=dict)
    cards: dict[int, Json] = field(default_factory=dict)
    dashboards: dict[int, Json] = field(default_factory=dict)
    last_id: int = 0

    def new_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def user_of(self, headers: Any) -> Json | None:
        secret = headers.get("X-API-Key") or headers.get("X-Metabase-Session")
        return self.users.get(self.sessions.get(secret or "", 0))

    def new_user(self, email: str, name: str, password: str, *, admin: bool) -> Json:
        number = self.new_id()
        fields = {"id": number, "email": email, "common_name": name, "is_superuser": admin}
        self.users[number] = fields | {"password": password}
        return self.users[number]

    def new_session(self, user: Json) -> str:
        session = secrets.token_hex(16)
        self.sessions[session] = user["id"]
        return session

    def person(self) -> None:
        """Somebody set it up already, by hand."""
        self.setup_token = None
        self.new_user("owner@example.org", "Owner", "owner's own 1", admin=True)


Handler = Callable[[State, Json, Json, Json, Json], Any]
"""State, the path's values, the query, the body, who asks."""


def card_query(state: State, body: Json) -> Json:
    """As it is kept: stages, whatever it came as."""
    query = body["dataset_query"]
    if query.get("stages"):
        return dict(query)
    if query.get("type") != "native" or not query.get("native", {}).get("query"):
        raise invalid(dataset_query="a native query needs its text")
    if query.get("database") not in state.databases:
        raise not_found()
    native = query["native"]
    tags = native.get("template-tags") or {}
    for name in re.findall(r"\{\{\s*(\w+)\s*\}\}", native["query"]):
        if tags.get(name, {}).get("name") != name or not {"id", "type", "display-name"} <= tags[name].keys():
            raise invalid(dataset_query=f"the template tag {name} is not described")
    stage = {"lib/type": "mbql.stage/native", "native": native["query"], "template-tags": tags}
    return {"lib/type": "mbql/query", "database": query["database"], "stages": [stage]}


def new_table(state: State, database: Json, name: str) -> None:
    number = state.new_id()
    fields = [
        {
            "id": state.new_id(),
            "table_id": number,
            "name": column,
            "display_name": column.replace("_", " ").title(),
            "description": None,
            "visibility_type": "normal",
            "semantic_type": None,
            "fk_target_field_id": None,
            "base_type": "type/*",
            "settings": None,
        }
        for column in state.tables[name]
    ]
    state.known_tables[number] = {
        "id": number,
        "name": name,
        "display_name": name.replace("_", " ").title(),
        "description": None,
        "schema": "gold",
        "db_id": database["id"],
        "entity_type": "entity/GenericTable",
        "visibility_type": None,
        "points_of_interest": None,
        "caveats": None,
        "active": True,
        "field_order": "database",
        "fields": fields,
    }
