"""Databases, and the tables that a sync finds."""

from tests.fake_metabase.routes import one_of, route
from tests.fake_metabase.state import Answer, Json, State, invalid, new_table


@route("GET", "/api/database")
def databases(state: State, _p: Json, _q: Json, _b: Json, _user: Json) -> Json:
    return {"data": [shown(one) for one in state.databases.values()], "total": len(state.databases)}


@route("POST", "/api/database")
def new_database(state: State, _p: Json, _q: Json, body: Json, _user: Json) -> Json:
    reach(state, body["details"])
    number = state.new_id()
    shown_now = {"id": number, "name": body["name"], "engine": body["engine"], "description": None}
    details = {"details": dict(body["details"]), "initial_sync_status": "incomplete", "looks": None}
    state.databases[number] = shown_now | details
    return shown(state.databases[number])


@route("GET", "/api/database/{id}")
def database(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    return shown(one_of(state.databases, path["id"]))


@route("PUT", "/api/database/{id}")
def change_database(state: State, path: Json, _q: Json, body: Json, _user: Json) -> Json:
    one = one_of(state.databases, path["id"])
    if body.get("details"):
        reach(state, body["details"])
    one |= body
    return shown(one)


@route("GET", "/api/database/{id}/healthcheck")
def healthcheck(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    try:
        reach(state, one_of(state.databases, path["id"])["details"])
    except Answer as answer:
        return {"status": "error", "message": answer.body["message"]}
    return {"status": "ok"}


@route("POST", "/api/database/{id}/sync_schema")
def sync(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    one_of(state.databases, path["id"])["looks"] = state.syncs_after
    return {"status": "ok"}


@route("GET", "/api/database/{id}/metadata")
def metadata(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    one = one_of(state.databases, path["id"])
    if one["looks"] is not None:
        one["looks"] -= 1
        if one["looks"] < 0:
            one |= {"looks": None, "initial_sync_status": "complete"}
            known = {table["name"] for table in state.known_tables.values()}
            for name in [name for name in state.tables if name not in known]:
                new_table(state, one, name)
    return shown(one) | {"tables": [t for t in state.known_tables.values() if t["db_id"] == one["id"]]}


@route("GET", "/api/database/{id}/schemas")
def schemas(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> list[str]:
    number = one_of(state.databases, path["id"])["id"]
    return sorted({table["schema"] for table in state.known_tables.values() if table["db_id"] == number})


@route("GET", "/api/table")
def tables(state: State, _p: Json, _q: Json, _b: Json, _user: Json) -> list[Json]:
    listed = [{k: v for k, v in table.items() if k != "fields"} for table in state.known_tables.values()]
    return [table | {"db": shown(state.databases[table["db_id"]])} for table in listed]


@route("PUT", "/api/table/{id}")
def change_table(state: State, path: Json, _q: Json, body: Json, _user: Json) -> Json:
    one = one_of(state.known_tables, path["id"])
    one |= body
    return one


@route("PUT", "/api/field/{id}")
def change_field(state: State, path: Json, _q: Json, body: Json, _user: Json) -> Json:
    fields = {one["id"]: one for table in state.known_tables.values() for one in table["fields"]}
    one = one_of(fields, path["id"])
    one |= body
    return one


def shown(database: Json) -> Json:
    """Never the password."""
    details = dict(database["details"])
    details |= {"password": "**MetabasePass**"} if "password" in details else {}
    return {name: value for name, value in database.items() if name != "looks"} | {"details": details}


def reach(state: State, details: Json) -> None:
    for name in ("host", "port", "catalog"):
        if not details.get(name):
            raise invalid(**{name: "value is required"})
    if (details["host"], details["port"]) != state.trino:
        message = "Hmm, we couldn't connect to the database. Make sure your Host and Port settings are correct"
        raise Answer(400, {"message": message, "errors": {"host": "check your host settings"}})
