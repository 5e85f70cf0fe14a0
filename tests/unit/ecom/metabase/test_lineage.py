"""dbt-metabase itself between dbt's project and a Metabase (the stand-in): descriptions there, exposures back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecom.base.errors import EcomError
from ecom.base.settings import ROOT, Settings
from ecom.commands.metabase import enter
from ecom.metabase import lineage
from ecom.metabase.client import Client
from ecom.metabase.database import Connection
from ecom.metabase.definition import load_all
from ecom.metabase.lineage import EXPOSURES, exposure, pull_exposures, push_descriptions
from ecom.metabase.provision import Provision
from tests.fake_metabase import FakeMetabase, running

(SALES,) = load_all()


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(ecom_home=Path(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def fake(settings: Settings) -> Iterator[FakeMetabase]:
    """dbt reads its project once for all of them."""
    manifest = lineage._manifest(settings)
    with running() as fake, pytest.MonkeyPatch.context() as patch:
        patch.setattr("ecom.metabase.database.POLL_S", 0.01)
        patch.setattr("dbtmetabase._models._SYNC_PERIOD", 0.01)
        patch.setattr(lineage, "_manifest", lambda _settings: manifest)
        yield fake


@pytest.fixture(scope="module")
def client(fake: FakeMetabase, settings: Settings) -> Client:
    client = enter(settings, fake.url, 5)
    Provision(client).run([SALES], Connection("trino", 8080))
    return client


def exposures_in(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(path.read_text())["exposures"]
    return found


def test_dbt_s_descriptions_become_metabase_s_and_a_second_time_nothing_changes(
    fake: FakeMetabase, client: Client, settings: Settings
) -> None:
    push_descriptions(settings, client)
    models = yaml.safe_load((ROOT / "dbt_project" / "models" / "gold" / "schema.yml").read_text())["models"]
    tables = {one["name"]: one for one in fake.state.known_tables.values()}
    for model in models:
        table = tables[model["name"]]
        assert table["description"].split() == model["description"].split()
        described = {one["name"]: one["description"] for one in table["fields"]}
        assert described == {one["name"]: one["description"] for one in model["columns"]}
    fake.seen.clear()
    push_descriptions(settings, client)
    assert [path for _, path in fake.writes if not path.endswith("/sync_schema")] == []


def test_what_is_pulled_is_what_the_project_has_but_for_the_address(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    names = pull_exposures(settings, client, tmp_path / "x.yml")
    assert names == ["metabase_sales_by_the_minute"]
    (pulled,), (kept,) = exposures_in(tmp_path / "x.yml"), exposures_in(EXPOSURES)
    assert pulled.pop("url").startswith(f"{client.url}/dashboard/") and kept.pop("url")
    assert pulled == kept, "call `ecom metabase exposures`"
    assert pulled["owner"] == {"name": "Data platform", "email": "data-platform@example.com"}
    assert pulled["depends_on"] == [
        "ref('fct_sales_minute')",
        "ref('vw_quarantine_last_24h')",
        "ref('vw_sales_last_60min')",
        "source('silver', 'order_payments_enriched')",
    ]


def test_a_card_of_a_person_s_own_is_pulled_as_theirs(
    fake: FakeMetabase, client: Client, settings: Settings, tmp_path: Path
) -> None:
    ann = fake.state.new_user("ann@example.com", "Ann", "x", admin=True)
    (database,) = fake.state.databases
    query = {"type": "native", "database": database, "native": {"query": "select 1 from gold.fct_sales_minute"}}
    body = {"name": "Ann's own", "display": "table", "visualization_settings": {}, "dataset_query": query}
    other = {**body, "name": "Not ours", "dataset_query": query | {"native": {"query": "select 1 from elsewhere.t"}}}
    as_ann = Client(fake.url)
    as_ann.log_in(session=fake.state.new_session(ann))
    made = [as_ann.post("/api/card", one)["id"] for one in (body, other)]
    try:
        pull_exposures(settings, client, tmp_path / "x.yml")
    finally:
        for number in made:
            del fake.state.cards[number]
    theirs, dashboard = exposures_in(tmp_path / "x.yml")
    assert (theirs["name"], theirs["type"]) == ("metabase_ann_s_own", "analysis")
    assert theirs["owner"] == {"name": "Ann", "email": "ann@example.com"}
    assert theirs["depends_on"] == ["ref('fct_sales_minute')"]
    assert dashboard["name"] == "metabase_sales_by_the_minute"


@pytest.mark.usefixtures("fake")
def test_a_database_that_metabase_does_not_know_is_said(settings: Settings, tmp_path: Path) -> None:
    with running() as empty:
        other = enter(Settings(ecom_home=tmp_path), empty.url, 5)
        with pytest.raises(EcomError, match="Database not found: Trino \\(delta\\); first `ecom metabase provision`"):
            push_descriptions(settings, other)


def test_what_a_person_wrote_cannot_break_dbt() -> None:
    body = {"name": "x", "label": "x", "type": "analysis", "maturity": "medium", "url": "u", "depends_on": []}
    again = exposure(body | {"description": "{% raw %} {# x #}\n\n#### Metadata\n\nlater", "owner": {}}, SALES.owner)
    assert again["description"] == "{ % raw %} { # x #}"
    assert again["owner"]["name"] == "Data platform"


def test_lineage_ends_at_both_dashboards_each_with_its_owner(client: Client, settings: Settings) -> None:
    manifest = json.loads((settings.ecom_home / "dbt" / "target" / "manifest.json").read_text())
    ends = {one["name"]: one for one in manifest["exposures"].values()}
    assert ends.keys() == {"metabase_sales_by_the_minute", "sales_page"}
    for one in ends.values():
        assert one["type"] == "dashboard" and one["url"] and one["description"]
        assert one["owner"]["name"] and "@" in one["owner"]["email"]
        assert "model.ecom_analytics.fct_sales_minute" in one["depends_on"]["nodes"]
    assert "source.ecom_analytics.silver.quarantine" in ends["sales_page"]["depends_on"]["nodes"]
