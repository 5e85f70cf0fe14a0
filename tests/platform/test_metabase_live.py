"""Against a real Metabase: METABASE_URL names it. docs/metabase.md says how to run one with compose.yaml.

It makes, and leaves, what `ecom metabase provision` makes; a card that it edits is put back.
"""

from pathlib import Path

import pytest
import requests

from ecom.base.settings import ROOT, Settings, load_settings
from ecom.commands.metabase import enter
from ecom.metabase.client import Client
from ecom.metabase.content import entity_id
from ecom.metabase.database import connection
from ecom.metabase.definition import load_all
from ecom.metabase.lineage import pull_exposures, push_descriptions
from ecom.metabase.provision import Provision
from ecom.metabase.verdict import Verdict
from tests.conftest import LIVE_METABASE
from tests.schema.slice_metabase import ROUTES

pytestmark = pytest.mark.skipif(
    "METABASE_URL" not in LIVE_METABASE,
    reason="METABASE_URL names no Metabase; none can run here: docs/metabase.md, Tests against a real Metabase",
)
(SALES,) = load_all()


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The user's, with .env: its home has the password that was generated when this Metabase was set up."""
    return load_settings(LIVE_METABASE, ROOT / ".env")


@pytest.fixture(scope="module")
def client(settings: Settings) -> Client:
    return enter(settings, None, 600)


@pytest.fixture(scope="module")
def provisioned(client: Client, settings: Settings) -> Provision:
    return provision(client, settings)


def provision(client: Client, settings: Settings, *, overwrite: bool = False) -> Provision:
    run = Provision(client, overwrite=overwrite, within=300)
    run.run([SALES], connection(settings, None, None, None, ""))
    return run


def card_path(client: Client, key: str) -> str:
    number = client.get(f"/api/card/{entity_id(key)}")["id"]
    return f"/api/card/{number}"


def test_it_has_every_route_that_the_stand_in_has(client: Client) -> None:
    described = client.get("/api/docs/openapi.json")["paths"]
    missing = [(m, p) for p, methods in ROUTES.items() for m in methods if m not in described.get(p, {})]
    assert missing == []


def test_a_second_call_changes_nothing(client: Client, settings: Settings, provisioned: Provision) -> None:
    assert provisioned.links.keys() == {"Sales by the minute"}
    assert {one.verdict for one in provision(client, settings).outcomes} == {Verdict.SAME}


def test_every_card_has_an_answer(client: Client, provisioned: Provision) -> None:
    failed = {}
    for card in SALES.cards:
        answer = client.post(f"{card_path(client, card.key)}/query")
        if answer.get("status") != "completed":
            failed[card.key] = answer.get("error")
    assert failed == {}


def test_an_edit_is_reported_kept_and_put_back_when_told(
    client: Client, settings: Settings, provisioned: Provision
) -> None:
    path = card_path(client, "gmv")
    client.put(path, {"name": "Our GMV"})
    assert [one.differs for one in provision(client, settings).outcomes if one.left] == [("name",)]
    assert client.get(path)["name"] == "Our GMV"
    assert not any(one.left for one in provision(client, settings, overwrite=True).outcomes)
    assert client.get(path)["name"] == "GMV, past 60 minutes"
    assert {one.verdict for one in provision(client, settings).outcomes} == {Verdict.SAME}


def test_lineage_goes_both_ways(client: Client, settings: Settings, provisioned: Provision, tmp_path: Path) -> None:
    push_descriptions(settings, client)
    tables = {one["name"]: one["description"] for one in client.get("/api/table") if one["schema"] == "gold"}
    assert "exact" in tables["fct_sales_minute"]
    names = pull_exposures(settings, client, tmp_path / "exposures.yml")
    assert "metabase_sales_by_the_minute" in names
    assert f"url: {page_of(client, provisioned)}\n" in (tmp_path / "exposures.yml").read_text()


def test_the_dashboard_s_page_is_there(client: Client, provisioned: Provision) -> None:
    assert requests.get(page_of(client, provisioned), timeout=30).status_code == 200


def page_of(client: Client, provisioned: Provision) -> str:
    (links,) = provisioned.links.values()
    return client.url + links[0].split("#")[0]
