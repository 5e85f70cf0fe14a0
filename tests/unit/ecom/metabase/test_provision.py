"""What `ecom metabase provision` does to a Metabase; the stand-in checks every request (tests/fake_metabase)."""

import re
import stat
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecom.base.errors import EcomError
from ecom.base.secrets import local_secrets
from ecom.base.settings import Settings
from ecom.commands.metabase import enter, report
from ecom.metabase.client import Client
from ecom.metabase.database import Connection
from ecom.metabase.definition import Card, Definition, load_all
from ecom.metabase.provision import Provision
from ecom.metabase.verdict import Verdict
from tests.fake_metabase import FakeMetabase, running

TRINO = Connection("trino", 8080)
(SALES,) = load_all()
ANOTHER = "select 1 as gmv [[where 'USD' = {{currency}}]]"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ecom_home=tmp_path)


@pytest.fixture
def client(fake: FakeMetabase, settings: Settings) -> Client:
    return enter(settings, fake.url, 5)


def provision(client: Client, *definitions: Definition, to: Connection = TRINO, **how: Any) -> Provision:
    run = Provision(client, within=5, **how)
    run.run(list(definitions or (SALES,)), to)
    return run


def verdicts(run: Provision) -> dict[str, Verdict]:
    """What is not unchanged."""
    return {one.thing: one.verdict for one in run.outcomes if one.verdict is not Verdict.SAME}


def card(fake: FakeMetabase, key: str) -> dict[str, Any]:
    name = next(one.name for one in SALES.cards if one.key == key)
    return next(one for one in fake.state.cards.values() if one["name"] == name)


def dashboard(fake: FakeMetabase) -> dict[str, Any]:
    (only,) = fake.state.dashboards.values()
    return only


def changed(key: str, **fields: Any) -> Definition:
    """The YAML with another card of that key."""
    cards = [one.model_copy(update=fields) if one.key == key else one for one in SALES.cards]
    return SALES.model_copy(update={"cards": cards})


def test_options_of_the_connection_that_are_new_or_gone_are_a_change_of_ours(client: Client) -> None:
    provision(client)
    for options in ("SSLTrustStorePath=/x", ""):
        assert verdicts(provision(client, to=replace(TRINO, options=options))) == {"Trino (delta)": Verdict.UPDATE}
        assert verdicts(provision(client, to=replace(TRINO, options=options))) == {}


def without(key: str) -> Definition:
    return SALES.model_copy(update={"cards": [one for one in SALES.cards if one.key != key]})


def test_a_fresh_metabase_gets_the_connection_the_cards_and_the_dashboard(fake: FakeMetabase, client: Client) -> None:
    run = provision(client)
    (database,) = fake.state.databases.values()
    assert (database["name"], database["engine"]) == ("Trino (delta)", "starburst")
    assert database["details"] == {
        "host": "trino",
        "port": 8080,
        "catalog": "delta",
        "schema": "gold",
        "user": "dashboard",
        "ssl": False,
    }
    assert {one["name"] for one in fake.state.cards.values()} == {one.name for one in SALES.cards}
    assert all(one["dataset_query"]["database"] == database["id"] for one in fake.state.cards.values())
    shown = dashboard(fake)
    assert [one["card_id"] for one in shown["dashcards"]] == [None, *fake.state.cards]
    assert [one["id"] for one in shown["parameters"]] == ["currency"]
    filtered = [one["card_id"] for one in shown["dashcards"] if one["parameter_mappings"]]
    assert len(filtered) == sum("{{currency}}" in one.sql for one in SALES.cards) == 9
    assert ("POST", f"/api/database/{database['id']}/sync_schema") in fake.writes
    assert set(verdicts(run).values()) == {Verdict.CREATE}
    assert fake.undeclared == [], "Metabase's description knows every field that is sent"


def test_a_second_call_changes_nothing(fake: FakeMetabase, client: Client, settings: Settings) -> None:
    provision(client)
    fake.seen.clear()
    run = provision(enter(settings, fake.url, 5))
    assert (verdicts(run), fake.writes) == ({}, [])


def test_after_a_change_in_the_yaml_just_that_changes(fake: FakeMetabase, client: Client) -> None:
    provision(client)
    fake.seen.clear()
    run = provision(client, changed("gmv", sql=ANOTHER, display="smartscalar"))
    number = card(fake, "gmv")["id"]
    assert verdicts(run) == {"card GMV, past 60 minutes": Verdict.UPDATE}
    assert {path for _, path in fake.writes} == {f"/api/card/{number}"}
    assert card(fake, "gmv")["dataset_query"]["stages"][0]["native"] == ANOTHER
    fake.seen.clear()
    assert verdicts(provision(client, changed("gmv", sql=ANOTHER, display="smartscalar"))) == {}


def test_a_new_place_on_the_dashboard_changes_just_the_dashboard(fake: FakeMetabase, client: Client) -> None:
    provision(client)
    places = [one["id"] for one in dashboard(fake)["dashcards"]]
    fake.seen.clear()
    run = provision(client, changed("by_currency", at=(0, 22, 12, 6)))
    assert verdicts(run) == {"dashboard Sales by the minute": Verdict.UPDATE}
    assert {path for _, path in fake.writes} == {f"/api/dashboard/{dashboard(fake)['id']}"}
    assert [one["id"] for one in dashboard(fake)["dashcards"]] == places, "the same places, moved"


EDITS: dict[str, Any] = {
    "sql": lambda one: one["dataset_query"]["stages"][0].update(native="select 2"),
    "name": lambda one: one.update(name="Our GMV"),
    "description": lambda one: one.update(description="Mine. " + one["description"]),
    "settings": lambda one: one.update(visualization_settings={"scalar.decimals": 0}),
    "display": lambda one: one.update(display="table"),
    "archived": lambda one: one.update(archived=True),
}


@pytest.mark.parametrize("what", EDITS)
def test_a_card_edited_by_a_person_is_reported_and_kept_unless_told_otherwise(
    fake: FakeMetabase, client: Client, what: str
) -> None:
    provision(client)
    number = card(fake, "gmv")["id"]
    before = deepcopy(fake.state.cards[number])
    EDITS[what](fake.state.cards[number])
    edited = deepcopy(fake.state.cards[number])
    fake.seen.clear()
    run = provision(client)
    assert verdicts(run) == {"card GMV, past 60 minutes": Verdict.EDITED} and fake.writes == []
    (outcome,) = [one for one in run.outcomes if one.left]
    assert outcome.differs == (what,) and f"left as it is (otherwise: {what})" in report(run)
    assert fake.state.cards[number] == edited
    assert len(fake.state.cards) == len(SALES.cards), "no second one of it"
    again = provision(client, overwrite=True)
    assert not any(one.left for one in again.outcomes) and "put back to the YAML" in report(again)
    for field in ("name", "display", "archived", "visualization_settings", "dataset_query"):
        assert fake.state.cards[number][field] == before[field], field
    assert verdicts(provision(client)) == {}


def test_a_card_that_both_the_yaml_and_a_person_changed_is_left(fake: FakeMetabase, client: Client) -> None:
    provision(client)
    card(fake, "gmv")["display"] = "table"
    run = provision(client, changed("gmv", sql=ANOTHER))
    assert verdicts(run) == {"card GMV, past 60 minutes": Verdict.EDITED}
    assert next(one for one in run.outcomes if one.left).differs == ("display", "sql")
    assert "sum(gmv)" in card(fake, "gmv")["dataset_query"]["stages"][0]["native"]


def test_what_a_person_did_to_the_dashboard_is_reported_and_kept(fake: FakeMetabase, client: Client) -> None:
    provision(client)
    shown = dashboard(fake)
    text = {"id": 999, "card_id": None, "col": 0, "row": 28, "size_x": 24, "size_y": 2}
    shown["dashcards"].append(text | {"visualization_settings": {"text": "Ask Ann"}, "parameter_mappings": []})
    fake.seen.clear()
    assert verdicts(provision(client)) == {"dashboard Sales by the minute": Verdict.EDITED} and fake.writes == []
    provision(client, overwrite=True)
    assert len(dashboard(fake)["dashcards"]) == len(SALES.cards) + 1
    shown["name"], shown["collection_id"] = "Moved and renamed", None
    assert verdicts(provision(client)) == {"dashboard Sales by the minute": Verdict.EDITED}
    assert len(fake.state.dashboards) == 1, "no second one of it"


def test_what_metabase_fills_in_by_itself_is_nobody_s_edit(fake: FakeMetabase, client: Client) -> None:
    fake.state.defaults = {"table.pivot": False, "column_settings": {}}
    provision(client)
    fake.seen.clear()
    assert (verdicts(provision(client)), fake.writes) == ({}, [])


@pytest.mark.usefixtures("polled_at_once")
def test_a_call_that_was_cut_off_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    """Metabase refuses the nth write, for each n."""
    with running() as whole:
        provision(enter(Settings(ecom_home=tmp_path / "whole"), whole.url, 5))
        wanted = [(one["name"], one["display"]) for one in whole.state.cards.values()]
    for number in range(len(whole.writes)):
        with running() as fake:
            settings = Settings(ecom_home=tmp_path / str(number))
            fake.fails_at_write = number
            with pytest.raises(EcomError, match="HTTP 500"):
                provision(enter(settings, fake.url, 5))
            fake.fails_at_write = None
            run = provision(enter(settings, fake.url, 5))
            assert not any(one.left for one in run.outcomes), number
            assert [(one["name"], one["display"]) for one in fake.state.cards.values()] == wanted
            assert len(dashboard(fake)["dashcards"]) == len(wanted) + 1
            assert len(fake.state.databases) == len(fake.state.collections) == 1
            fake.seen.clear()
            assert (verdicts(provision(enter(settings, fake.url, 5))), fake.writes) == ({}, []), number


def test_a_card_that_leaves_the_yaml_goes_to_the_trash_unless_a_person_edited_it(
    fake: FakeMetabase, client: Client
) -> None:
    provision(client)
    kept, gone = card(fake, "gmv"), card(fake, "currency_shown")
    kept["display"] = "table"
    run = provision(client, without("currency_shown"))
    assert verdicts(run)["card Currency shown"] is Verdict.RETIRE and gone["archived"]
    fewer = SALES.model_copy(update={"cards": [one for one in SALES.cards if one.key not in ("gmv", "currency_shown")]})
    run = provision(client, fewer)
    assert [one.thing for one in run.outcomes if one.left] == ["card GMV, past 60 minutes"]
    assert not kept["archived"] and kept["id"] not in [one["card_id"] for one in dashboard(fake)["dashcards"]]


def test_a_card_that_is_added_to_the_yaml_is_made_and_placed(fake: FakeMetabase, client: Client) -> None:
    provision(client, without("by_currency"))
    run = provision(client)
    assert verdicts(run) == {
        "card Past 60 minutes by currency": Verdict.CREATE,
        "dashboard Sales by the minute": Verdict.UPDATE,
    }


def test_a_connection_made_by_hand_as_the_docs_say_is_taken_over_and_another_is_left(
    fake: FakeMetabase, client: Client
) -> None:
    details = {"host": "trino", "port": 8080, "catalog": "delta", "schema": "gold", "user": "dashboard", "ssl": False}
    body = {"name": "Trino (delta)", "engine": "starburst", "details": details | {"user": "dbt"}}
    number = client.post("/api/database", body)["id"]
    run = provision(client)
    assert verdicts(run)["Trino (delta)"] is Verdict.FOREIGN
    assert next(one for one in run.outcomes if one.left).differs == ("description", "user")
    fake.state.databases[number]["details"]["user"] = "dashboard"
    assert verdicts(provision(client))["Trino (delta)"] is Verdict.ADOPT
    assert verdicts(provision(client)) == {} and len(fake.state.databases) == 1


def test_another_address_of_trino_changes_the_connection(fake: FakeMetabase, client: Client) -> None:
    provision(client)
    fake.state.trino = ("other", 8443)
    with pytest.raises(EcomError, match="cannot connect to Trino at trino:8080"):
        provision(client)
    with pytest.raises(EcomError, match="cannot connect to Trino at nowhere:8080"):
        provision(client, to=Connection("nowhere", 8080))
    run = provision(client, to=Connection("other", 8443, ssl=True, password="s3cret"))
    assert verdicts(run) == {"Trino (delta)": Verdict.UPDATE}
    (database,) = fake.state.databases.values()
    assert (database["details"]["ssl"], database["details"]["password"]) == (True, "s3cret")
    assert "s3cret" not in database["description"]


def test_a_plan_says_what_would_be_done_and_does_nothing(
    fake: FakeMetabase, client: Client, settings: Settings, tmp_path: Path
) -> None:
    fake.seen.clear()
    run = provision(client, plan_only=True)
    assert fake.writes == [] and "card Why quarantined: would be created" in report(run)
    provision(client)
    fake.seen.clear()
    run = provision(client, changed("gmv", sql=ANOTHER), plan_only=True)
    assert fake.writes == []
    assert "card GMV, past 60 minutes: would be updated (otherwise: sql)" in report(run)


def test_the_links_load_the_dashboard_again_every_1_to_5_minutes(fake: FakeMetabase, client: Client) -> None:
    links = [line.strip() for line in report(provision(client)).splitlines() if "#refresh=" in line]
    where = f"{fake.url}/dashboard/{dashboard(fake)['id']}"
    assert links == [f"{where}#refresh={seconds}" for seconds in (60, 120, 180, 240, 300)]
    (text,) = [one["visualization_settings"] for one in dashboard(fake)["dashcards"] if one["card_id"] is None]
    assert text["virtual_card"]["display"] == "text"
    assert re.findall(r"\]\((.*?)\)", text["text"]) == [link.removeprefix(fake.url) for link in links]


def test_secrets_are_kept_in_a_file_for_the_owner_alone_and_never_said(
    fake: FakeMetabase, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = report(provision(enter(settings, fake.url, 5)))
    printed = lines + "".join(capsys.readouterr())
    file = settings.ecom_home / "secrets.env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secrets = local_secrets(settings.ecom_home)
    (admin,) = [one for one in fake.state.users.values() if one["email"] == "admin@example.com"]
    assert admin["password"] == secrets["METABASE_ADMIN_PASSWORD"]
    assert re.search(r"[a-z]", admin["password"]) and re.search(r"[A-Z].*\d$", admin["password"])
    keys = [value for name, value in secrets.items() if name.startswith("METABASE_API_KEY_")]
    assert keys == [one["secret"] for one in fake.state.keys.values()]
    assert not any(secret in printed for secret in secrets.values())


def test_the_example_of_a_card_is_what_metabase_gets(fake: FakeMetabase, client: Client) -> None:
    provision(client)
    wanted: Card = next(one for one in SALES.cards if one.key == "by_the_minute")
    kept = card(fake, "by_the_minute")
    (stage,) = kept["dataset_query"]["stages"]
    assert stage["native"] == wanted.sql.strip()
    assert stage["template-tags"]["currency"]["type"] == "text"
    assert kept["visualization_settings"] == wanted.settings
    assert kept["description"].startswith(wanted.description)
