"""The dbt docs site with the contracts' page, and the manifest from which Airflow's DAG `gold_dbt` is made: refreshed
whole, file by file."""

import json
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from ecom.base.errors import EcomError
from ecom.base.layout import docs_folder
from ecom.base.settings import Settings
from ecom.dbt.build import dbt_environment, dbt_problem

CONTRACTS = "contracts.html"  # dbt's overview and the sources' descriptions lead there
FILES = ("index.html", "catalog.json", "manifest.json", CONTRACTS)
PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Data contracts</title>
<style>
  body {{ font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }}
  table {{ border-collapse: collapse; display: block; overflow-x: auto }}
  td, th {{ border: 1px solid #888; padding: .25rem .5rem; text-align: left }}
</style>
<p><a href="index.html">Tables and lineage</a></p>
{contracts}
</html>
"""


def refresh(settings: Settings) -> None:
    """`dbt docs generate` into a draft folder, then each file in place of the old one. Raises EcomError."""
    folder = docs_folder(settings.ecom_home)
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix="docs.draft-", dir=folder.parent))  # of its own: another `ecom docs` may run beside it
    environment = dbt_environment(settings) | {"DBT_TARGET_PATH": str(draft)}
    if problem := dbt_problem(environment, "docs", "generate"):
        raise EcomError(f"dbt docs were not made: {problem}; the old ones stay.")
    manifest, catalog = (json.loads((draft / name).read_text()) for name in ("manifest.json", "catalog.json"))
    (draft / "catalog.json").write_text(json.dumps(with_described(catalog, manifest)))
    (draft / CONTRACTS).write_text(contracts_page(settings), encoding="utf-8")
    for name in FILES:
        os.replace(draft / name, folder / name)
    shutil.rmtree(draft, ignore_errors=True)


def with_described(catalog: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """The catalog, with what the project describes and Trino does not have yet: so the first pages, which are made
    before Gold is built, show the types of its columns too."""
    completed = dict(catalog)
    for kind, types in (("nodes", ("model", "seed", "snapshot")), ("sources", ("source",))):
        described = {key: node for key, node in manifest[kind].items() if node["resource_type"] in types}
        missing = {key: _as_catalogued(key, node) for key, node in described.items() if key not in catalog[kind]}
        completed[kind] = catalog[kind] | missing
    return completed


def _as_catalogued(key: str, node: dict[str, Any]) -> dict[str, Any]:
    """A relation as dbt's catalog would show it, by its description."""
    columns = {
        name: {"name": name, "index": index, "type": column.get("data_type") or "", "comment": None}
        for index, (name, column) in enumerate(node["columns"].items(), 1)
    }
    place = {"database": node["database"], "schema": node["schema"], "name": node.get("alias") or node["name"]}
    no_statistics = {"id": "has_stats", "label": "Has Stats?", "value": False, "include": False}
    return {
        "metadata": place | {"type": "not built yet", "comment": None, "owner": None},
        "columns": columns,
        "stats": {"has_stats": no_statistics | {"description": "Whether there are statistics for this table"}},
        "unique_id": key,
    }


def contracts_page(settings: Settings) -> str:
    """The contracts that are in force, as `ecom contracts docs` describes ours."""
    from markdown_it import MarkdownIt

    from ecom.contracts.loader import load_contracts
    from ecom.contracts.reference import reference

    page = reference(load_contracts(settings.ecom_contracts)).splitlines()
    markdown = "\n".join(line for line in page if not line.startswith("<!--"))
    return PAGE.format(contracts=MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown))
