"""The stand-in for Metabase refuses what Metabase's published description forbids, and what comes out of order."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests

from ecom.base.settings import Settings
from ecom.commands.metabase import enter
from ecom.metabase.client import Client
from ecom.metabase.database import Connection
from ecom.metabase.definition import load_all
from ecom.metabase.provision import Provision
from tests.fake_metabase import FakeMetabase

NATIVE = {"type": "native", "native": {"query": "select 1"}}
CARD = {"name": "x", "display": "table", "visualization_settings": {}}
DETAILS = {"host": "trino", "port": 8080, "catalog": "delta"}
USER = {"email": "a@example.com", "password": "long enough 1"}


@pytest.fixture
def client(fake: FakeMetabase, tmp_path: Path) -> Client:
    """An administrator; the connection, the collection, 12 cards and the dashboard are there."""
    client = enter(Settings(ecom_home=tmp_path), fake.url, 5)
    Provision(client).run(load_all(), Connection("trino", 8080))
    return client


def ask(client: Client, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = {"X-API-Key": client.api_key or ""}
    answer = requests.request(method, client.url + path, json=body, headers=headers, timeout=10)
    return answer.status_code, answer.json() if "json" in answer.headers["Content-Type"] else answer.text


def number(things: dict[int, Any]) -> int:
    return min(things)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", "/api/database"), ("POST", "/api/database"), ("GET", "/api/card"), ("POST", "/api/card")),
        *(("POST", "/api/dashboard"), ("POST", "/api/api-key"), ("GET", "/api/user/current")),
    ],
)
def test_nobody_gets_anywhere_before_logging_in(fake: FakeMetabase, method: str, path: str) -> None:
    assert requests.request(method, fake.url + path, json={}, timeout=10).status_code == 401
    for header in ("X-API-Key", "X-Metabase-Session"):
        wrong = {header: "made up"}
        assert requests.request(method, fake.url + path, headers=wrong, json={}, timeout=10).status_code == 401


def test_set_up_takes_the_token_and_happens_once(fake: FakeMetabase) -> None:
    url, token = f"{fake.url}/api/setup", fake.state.setup_token
    body: dict[str, Any] = {"token": token, "user": USER, "prefs": {"site_name": "x"}}
    for wrong, where in (
        (body | {"token": "guessed"}, "token"),
        ({k: v for k, v in body.items() if k != "token"}, "token"),
        (body | {"prefs": {}}, "prefs"),
        (body | {"user": {"email": "a@example.com"}}, "user"),
        (body | {"user": USER | {"password": "short"}}, "password"),
    ):
        answer = requests.post(url, json=wrong, timeout=10)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [where])
    assert requests.post(url, json=body, timeout=10).status_code == 200
    assert requests.post(url, json=body, timeout=10).status_code == 403


def test_a_route_or_method_that_the_description_does_not_have_is_not_there(client: Client) -> None:
    for method, path in (("GET", "/api/cards"), ("DELETE", "/api/database/1"), ("POST", "/api/card/1/queries")):
        assert ask(client, method, path) == (404, "API endpoint does not exist.")


@pytest.mark.parametrize("field", ["name", "dataset_query", "display", "visualization_settings"])
def test_a_card_without_a_field_that_it_needs_is_refused(fake: FakeMetabase, client: Client, field: str) -> None:
    whole = CARD | {"dataset_query": NATIVE | {"database": number(fake.state.databases)}}
    assert ask(client, "POST", "/api/card", whole)[0] == 200
    status, reply = ask(client, "POST", "/api/card", {k: v for k, v in whole.items() if k != field})
    assert (status, list(reply["errors"])) == (400, [field])


@pytest.mark.parametrize(
    ("field", "value"),
    [("display", 7), ("name", ""), ("visualization_settings", "none"), ("collection_id", "Sales"), ("type", "chart")],
)
def test_a_card_with_a_field_of_another_form_is_refused(
    fake: FakeMetabase, client: Client, field: str, value: Any
) -> None:
    whole = CARD | {"dataset_query": NATIVE | {"database": number(fake.state.databases)}}
    status, reply = ask(client, "POST", "/api/card", whole | {field: value})
    assert (status, list(reply["errors"])) == (400, [field])


def test_a_card_in_a_database_or_a_collection_that_is_not_there_is_refused(fake: FakeMetabase, client: Client) -> None:
    whole = CARD | {"dataset_query": NATIVE | {"database": number(fake.state.databases)}}
    assert ask(client, "POST", "/api/card", CARD | {"dataset_query": NATIVE | {"database": 9999}})[0] == 404
    assert ask(client, "POST", "/api/card", whole | {"collection_id": 9999})[0] == 404


def test_a_tag_in_the_sql_that_is_not_described_is_refused(fake: FakeMetabase, client: Client) -> None:
    query = deepcopy(NATIVE) | {"database": number(fake.state.databases)}
    query["native"] = {"query": "select {{currency}}"}
    assert ask(client, "POST", "/api/card", CARD | {"dataset_query": query})[0] == 400


def test_a_database_needs_engine_and_details_and_a_trino_that_answers(client: Client) -> None:
    whole = {"name": "x", "engine": "starburst", "details": DETAILS}
    for field in whole:
        status, reply = ask(client, "POST", "/api/database", {k: v for k, v in whole.items() if k != field})
        assert (status, list(reply["errors"])) == (400, [field])
    assert ask(client, "POST", "/api/database", whole | {"details": DETAILS | {"host": "elsewhere"}})[0] == 400
    assert ask(client, "POST", "/api/database", whole | {"details": DETAILS | {"port": "8080"}})[0] == 400
    assert ask(client, "POST", "/api/database", whole)[0] == 200


def test_a_place_on_the_dashboard_needs_its_card_its_size_and_a_filter_that_is_there(
    fake: FakeMetabase, client: Client
) -> None:
    path = f"/api/dashboard/{number(fake.state.dashboards)}"
    gmv = next(one for one in fake.state.cards.values() if one["name"].startswith("GMV, past"))
    place = {"id": -1, "card_id": gmv["id"], "col": 0, "row": 0, "size_x": 6, "size_y": 3}
    target = ["variable", ["template-tag", "currency"]]
    mapping = {"parameter_id": "currency", "card_id": gmv["id"], "target": target}
    assert ask(client, "PUT", path, {"dashcards": [place | {"parameter_mappings": [mapping]}]})[0] == 200
    for field in ("id", "col", "row", "size_x", "size_y"):
        assert ask(client, "PUT", path, {"dashcards": [{k: v for k, v in place.items() if k != field}]})[0] == 400
    for wrong in (
        {"card_id": 9999},
        {"id": 9999},
        {"size_x": 0},
        {"parameter_mappings": [mapping | {"parameter_id": "country"}]},
        {"parameter_mappings": [mapping | {"target": ["variable", ["template-tag", "country"]]}]},
        {"parameter_mappings": [{"parameter_id": "currency"}]},
    ):
        assert ask(client, "PUT", path, {"dashcards": [place | wrong]})[0] in (400, 404), wrong


def test_a_change_of_what_is_not_there_is_refused(client: Client) -> None:
    for path in ("/api/card/9999", "/api/dashboard/9999", "/api/database/9999", "/api/table/9999", "/api/field/9999"):
        assert ask(client, "PUT", path, {"description": "x"}) == (404, "Not found."), path
    assert ask(client, "POST", "/api/database/9999/sync_schema")[0] == 404
    assert ask(client, "GET", "/api/collection/9999/items")[0] == 404


def test_a_name_that_the_description_does_not_know_is_noted(fake: FakeMetabase, client: Client) -> None:
    assert fake.undeclared == []
    path = f"/api/dashboard/{number(fake.state.dashboards)}"
    assert ask(client, "PUT", path, {"descripton": "misspelt"})[0] == 200
    assert fake.undeclared == ["PUT /api/dashboard/{id}: descripton"]


def test_tables_are_known_after_a_sync_and_not_before(fake: FakeMetabase, client: Client) -> None:
    made = {"name": "y", "engine": "starburst", "details": DETAILS}
    fake.state.known_tables.clear()
    new = ask(client, "POST", "/api/database", made)[1]["id"]
    assert [ask(client, "GET", f"/api/database/{new}/metadata")[1]["tables"] for _ in range(3)] == [[], [], []]
    assert ask(client, "POST", f"/api/database/{new}/sync_schema") == (200, {"status": "ok"})
    found = [len(ask(client, "GET", f"/api/database/{new}/metadata")[1]["tables"]) for _ in range(2)]
    assert found == [0, 3]


def test_a_reader_s_key_changes_nothing(fake: FakeMetabase, client: Client) -> None:
    key = ask(client, "POST", "/api/api-key", {"name": "reader", "group_id": 1})[1]["unmasked_key"]
    reader = Client(fake.url)
    reader.log_in(api_key=key)
    assert ask(reader, "POST", "/api/collection", {"name": "x"})[0] == 403
    assert ask(client, "POST", "/api/api-key", {"name": "reader", "group_id": 1})[0] == 400, "the name is taken"
