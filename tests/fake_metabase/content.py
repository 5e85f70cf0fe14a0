"""Collections, cards, dashboards."""

import secrets

from tests.fake_metabase.login import some_user
from tests.fake_metabase.routes import one_of, route
from tests.fake_metabase.state import CREATED, Json, State, card_query, invalid, not_found


@route("GET", "/api/collection")
def collections(state: State, _p: Json, _q: Json, _b: Json, _user: Json) -> list[Json]:
    return [{"id": "root", "name": "Our analytics"}, *state.collections.values()]


@route("POST", "/api/collection")
def new_collection(state: State, _p: Json, _q: Json, body: Json, _user: Json) -> Json:
    number = state.new_id()
    rest = {"id": number, "slug": body["name"].lower().replace(" ", "_"), "archived": False, "location": "/"}
    state.collections[number] = {"description": None} | body | rest
    return state.collections[number]


@route("GET", "/api/collection/{id}/items")
def items(state: State, path: Json, query: Json, _b: Json, _user: Json) -> Json:
    one_of(state.collections, path["id"])
    return items_in(state, path["id"], query)


@route("GET", "/api/collection/root/items")
def root_items(state: State, _p: Json, query: Json, _b: Json, _user: Json) -> Json:
    return items_in(state, None, query)


def items_in(state: State, collection: int | None, query: Json) -> Json:
    wanted = query.get("models") or ["card", "dashboard"]
    shelves = {"card": state.cards, "dashboard": state.dashboards}
    names = ("id", "name", "description", "archived", "collection_id", "entity_id")
    found = [
        {"model": model, "display": thing.get("display")} | {name: thing[name] for name in names}
        for model in shelves
        for thing in shelves[model].values()
        if model in wanted and thing["collection_id"] == collection and not thing["archived"]
    ]
    return {"data": found, "total": len(found), "models": sorted({one["model"] for one in found})}


@route("GET", "/api/card")
def cards(state: State, _p: Json, query: Json, _b: Json, _user: Json) -> list[Json]:
    archived = query.get("f") == ["archived"]
    return [card for card in state.cards.values() if card["archived"] is archived]


@route("POST", "/api/card")
def new_card(state: State, _p: Json, _q: Json, body: Json, user: Json) -> Json:
    if body.get("collection_id") is not None:
        one_of(state.collections, body["collection_id"])
    number, query = state.new_id(), card_query(state, body)
    made = {"id": number, "creator_id": user["id"], "creator": some_user(state, {"id": user["id"]}, {}, {}, {})}
    kept = {"archived": False, "type": "question", "query_type": "native", "table_id": None, "created_at": CREATED}
    given = {"description": None, "collection_id": None, "entity_id": secrets.token_hex(11)[:21]} | body
    more = {"dataset_query": query, "database_id": query["database"]}
    settings = {"visualization_settings": state.defaults | body["visualization_settings"]}
    state.cards[number] = kept | given | made | more | settings
    return state.cards[number]


@route("GET", "/api/card/{id}")
def card(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    return one_of(state.cards, path["id"])


@route("PUT", "/api/card/{id}")
def change_card(state: State, path: Json, _q: Json, body: Json, _user: Json) -> Json:
    one = one_of(state.cards, path["id"])
    if "dataset_query" in body:
        body = body | {"dataset_query": card_query(state, body)}
    if "visualization_settings" in body:
        body = body | {"visualization_settings": state.defaults | body["visualization_settings"]}
    one |= body
    return one


@route("POST", "/api/card/{card-id}/query")
def run_card(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    one_of(state.cards, path["card-id"])
    return {"status": "completed", "row_count": 0, "data": {"rows": [], "cols": []}}


@route("GET", "/api/dashboard")
def dashboards(state: State, _p: Json, query: Json, _b: Json, _user: Json) -> list[Json]:
    archived = query.get("f") == ["archived"]
    found = [one for one in state.dashboards.values() if one["archived"] is archived]
    return [{k: v for k, v in one.items() if k not in ("dashcards", "tabs")} for one in found]


@route("POST", "/api/dashboard")
def new_dashboard(state: State, _p: Json, _q: Json, body: Json, user: Json) -> Json:
    if body.get("collection_id") is not None:
        one_of(state.collections, body["collection_id"])
    number = state.new_id()
    made = {"id": number, "creator_id": user["id"], "entity_id": secrets.token_hex(11)[:21], "created_at": CREATED}
    empty: Json = {"description": None, "collection_id": None, "parameters": [], "dashcards": [], "tabs": []}
    rest = {"archived": False, "width": "fixed", "auto_apply_filters": True, "cache_ttl": None}
    state.dashboards[number] = empty | body | made | rest | {"enable_embedding": False, "public_uuid": None}
    return state.dashboards[number]


@route("GET", "/api/dashboard/{id}")
def dashboard(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    return one_of(state.dashboards, path["id"])


@route("PUT", "/api/dashboard/{id}")
def change_dashboard(state: State, path: Json, _q: Json, body: Json, _user: Json) -> Json:
    one = one_of(state.dashboards, path["id"])
    one |= {name: value for name, value in body.items() if name not in ("dashcards", "tabs")}
    if body.get("tabs") is not None:
        one["tabs"] = [{"dashboard_id": one["id"]} | tab for tab in body["tabs"]]
    if body.get("dashcards") is not None:
        known = {place["id"] for place in one["dashcards"]}
        one["dashcards"] = [new_place(state, one, known, place) for place in body["dashcards"]]
    return one


def new_place(state: State, dashboard: Json, known: set[int], place: Json) -> Json:
    """A mapping to nothing would be a filter that does nothing: refused here."""
    if place["id"] >= 0 and place["id"] not in known:
        raise not_found()
    shown = one_of(state.cards, place["card_id"]) if place.get("card_id") else {}
    tags = shown["dataset_query"]["stages"][0]["template-tags"] if shown else {}
    for mapping in place.get("parameter_mappings") or []:
        if mapping["parameter_id"] not in {one["id"] for one in dashboard["parameters"] or []}:
            raise invalid(parameter_mappings=f"the dashboard has no parameter {mapping['parameter_id']}")
        if mapping["target"][1][1] not in tags or mapping.get("card_id") != shown["id"]:
            raise invalid(parameter_mappings=f"the card has no tag {mapping['target'][1][1]}")
    number = place["id"] if place["id"] >= 0 else state.new_id()
    rest = {"dashboard_id": dashboard["id"], "dashboard_tab_id": None, "inline_parameters": None, "entity_id": None}
    given: Json = {"card_id": None, "visualization_settings": {}, "parameter_mappings": []} | place
    return rest | given | {"id": number, "card": {"id": shown["id"]} if shown else {}}
