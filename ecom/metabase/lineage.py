"""dbt-metabase between dbt and Metabase: descriptions one way, exposures the other."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

from ecom.base.errors import EcomError
from ecom.base.settings import ROOT, Settings
from ecom.dbt.build import dbt_environment, dbt_problem
from ecom.metabase.client import Client
from ecom.metabase.database import NAME
from ecom.metabase.definition import Owner, load_all
from ecom.metabase.marker import split

EXPOSURES = ROOT / "dbt_project" / "models" / "metabase_exposures.yml"
HEADER = "# Written by `ecom metabase exposures`, from what a Metabase has; made by hand, it would not stay.\n"
OF_A_KEY = "@api-key.invalid"  # the address that Metabase gives to whoever an API key stands for
HEADLINE = re.compile(r"^### (Dashboard Cards|Visualization): .*\n+")


def push_descriptions(settings: Settings, client: Client, docs_url: str | None = None) -> None:
    """What schema.yml says of Gold's tables and columns, to Metabase's tables. Raises EcomError."""
    from dbtmetabase.format import Filter

    with _one_sentence(client):
        _dbt_metabase(settings, client).export_models(
            metabase_database=NAME,
            schema_filter=Filter(include=["gold"]),
            skip_sources=True,
            sync_timeout=60,
            docs_url=docs_url,
        )


def pull_exposures(settings: Settings, client: Client, path: Path = EXPOSURES) -> list[str]:
    """Dashboards that read our models, and cards that are on none of them, as dbt exposures; returns their names."""
    with _one_sentence(client), tempfile.TemporaryDirectory() as folder:
        pulled = list(_dbt_metabase(settings, client).extract_exposures(output_path=folder))
    shown = {card for one in pulled if one["type"] == "dashboard" for card in _cards_on(client, one["id"])}
    loose = [one for one in pulled if one["type"] == "dashboard" or one["id"] not in shown]
    owner = load_all()[0].owner
    found = [exposure(one["body"], owner) for one in loose if one["body"]["depends_on"]]
    found.sort(key=lambda one: str(one["name"]))
    text = yaml.safe_dump({"exposures": found}, sort_keys=False, allow_unicode=True, width=110)
    try:
        path.write_text(HEADER + text, encoding="utf-8")
    except OSError as error:
        raise EcomError(f"{path} cannot be written ({error.strerror}); call this in a checkout.") from None
    return [one["name"] for one in found]


def exposure(body: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
    """What dbt-metabase found, less what changes by itself; what an API key made has the YAML's owner."""
    description = split(HEADLINE.sub("", str(body["description"]).split("#### Metadata")[0]))[0]
    by_key = str(body["owner"].get("email") or OF_A_KEY).endswith(OF_A_KEY)
    return {
        "name": f"metabase_{body['name']}",
        "label": body["label"],
        "type": body["type"],
        "maturity": body["maturity"],
        "url": body["url"],
        "description": description.replace("{%", "{ %").replace("{#", "{ #"),
        "owner": {"name": owner.name, "email": owner.email} if by_key else dict(body["owner"]),
        "depends_on": list(body["depends_on"]),
    }


def _cards_on(client: Client, dashboard: int) -> set[int]:
    return {one["card_id"] for one in client.get(f"/api/dashboard/{dashboard}")["dashcards"] if one.get("card_id")}


def _dbt_metabase(settings: Settings, client: Client) -> Any:
    from dbtmetabase import DbtMetabase

    return DbtMetabase(_manifest(settings), client.url, metabase_api_key=client.api_key)


def _manifest(settings: Settings) -> Path:
    """Of the models as they are now; parsing needs no Trino."""
    environment = dbt_environment(settings)
    if problem := dbt_problem(environment, "parse"):
        raise EcomError(f"dbt's models cannot be read: {problem}.")
    return Path(environment["DBT_TARGET_PATH"]) / "manifest.json"


@contextmanager
def _one_sentence(client: Client) -> Iterator[None]:
    from dbtmetabase.errors import MetabaseStateError

    try:
        yield
    except MetabaseStateError as error:
        what = "; first `ecom metabase provision`, and `ecom run gold` where a table is missing"
        raise EcomError(f"dbt-metabase and {client.url}: {str(error).rstrip('.')}{what}.") from None
    except requests.RequestException as error:
        raise EcomError(f"dbt-metabase and {client.url}: {' '.join(str(error).split())}.") from None
