"""The way in: set-up, sessions, users, API keys."""

import secrets

from tests.fake_metabase.routes import one_of, route
from tests.fake_metabase.state import ADMINISTRATORS, Answer, Json, State, invalid


@route("GET", "/api/session/properties")
def properties(state: State, _p: Json, _q: Json, _b: Json, _user: Json) -> Json:
    public = {"version": {"tag": state.tag}, "token-features": {}}
    return public | {"has-user-setup": bool(state.users), "setup-token": state.setup_token}


@route("POST", "/api/setup")
def setup(state: State, _p: Json, _q: Json, body: Json, _user: Json) -> Json:
    if state.users:
        raise Answer(403, "The /api/setup route can only be used to create the first user.")
    if body["token"] != state.setup_token:
        raise invalid(token="Token does not match the setup token.")
    password = body["user"]["password"]
    if len(password) < 6 or not any(letter.isdigit() for letter in password):
        raise invalid(password="password is too common.")
    state.setup_token = None
    user = state.new_user(body["user"]["email"], "Data Platform", password, admin=True)
    return {"id": state.new_session(user)}


@route("POST", "/api/session")
def session(state: State, _p: Json, _q: Json, body: Json, _user: Json) -> Json:
    for user in state.users.values():
        if (user["email"], user["password"]) == (body["username"], body["password"]):
            return {"id": state.new_session(user)}
    raise Answer(401, {"errors": {"password": "did not match stored password"}})


@route("GET", "/api/user/current")
def current_user(_state: State, _p: Json, _q: Json, _b: Json, user: Json) -> Json:
    return {name: value for name, value in user.items() if name != "password"}


@route("GET", "/api/user/{id}")
def some_user(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    return {name: value for name, value in one_of(state.users, path["id"]).items() if name != "password"}


@route("GET", "/api/permissions/group")
def groups(_state: State, _p: Json, _q: Json, _b: Json, _user: Json) -> list[Json]:
    everybody = {"id": 1, "name": "All Users", "magic_group_type": "all-internal-users"}
    return [everybody, {"id": ADMINISTRATORS, "name": "Administrators", "magic_group_type": "admin"}]


@route("GET", "/api/api-key")
def api_keys(state: State, _p: Json, _q: Json, _b: Json, _user: Json) -> list[Json]:
    return [{name: key[name] for name in ("id", "name", "masked_key")} for key in state.keys.values()]


@route("POST", "/api/api-key")
def new_api_key(state: State, _p: Json, _q: Json, body: Json, _user: Json) -> Json:
    if any(key["name"] == body["name"] for key in state.keys.values()):
        raise invalid(name="An API key with this name already exists.")
    email = f"api-key-user-{secrets.token_hex(4)}@api-key.invalid"
    user = state.new_user(email, body["name"], secrets.token_hex(), admin=body["group_id"] == ADMINISTRATORS)
    number = state.new_id()
    state.keys[number] = {"id": number, "name": body["name"], "user_id": user["id"]}
    return unmasked(state, state.keys[number])


@route("PUT", "/api/api-key/{id}/regenerate")
def regenerate(state: State, path: Json, _q: Json, _b: Json, _user: Json) -> Json:
    key = one_of(state.keys, path["id"])
    del state.sessions[key["secret"]]
    return unmasked(state, key)


def unmasked(state: State, key: Json) -> Json:
    key["secret"] = f"mb_{secrets.token_hex(16)}"
    key["masked_key"] = key["secret"][:7] + "*" * 10
    state.sessions[key["secret"]] = key["user_id"]
    return {"id": key["id"], "name": key["name"], "unmasked_key": key["secret"], "masked_key": key["masked_key"]}
