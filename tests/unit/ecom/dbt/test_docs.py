"""The dbt docs show each column's type also before its relation is built."""

import yaml

from ecom.base.settings import ROOT
from ecom.dbt.docs import with_described

GOLD = ROOT / "dbt_project" / "models" / "gold"
COLUMNS = {"gmv": {"name": "gmv", "data_type": "decimal(38,4)"}, "note": {"name": "note", "data_type": None}}
MODEL = {"resource_type": "model", "database": "delta", "schema": "gold", "name": "fct", "columns": COLUMNS}
TEST = MODEL | {"resource_type": "test"}


def test_what_is_not_built_is_shown_by_its_description() -> None:
    manifest = {"nodes": {"model.fct": MODEL, "test.fct": TEST}, "sources": {}}
    found = with_described({"nodes": {}, "sources": {}, "metadata": {}}, manifest)
    shown = found["nodes"]["model.fct"]
    assert {name: column["type"] for name, column in shown["columns"].items()} == {"gmv": "decimal(38,4)", "note": ""}
    assert (shown["metadata"]["schema"], shown["metadata"]["type"]) == ("gold", "not built yet")
    assert list(found["nodes"]) == ["model.fct"] and found["metadata"] == {}


def test_what_is_built_is_shown_as_trino_has_it() -> None:
    built = {"metadata": {"type": "table"}, "columns": {"gmv": {"type": "double"}}}
    catalog = {"nodes": {"model.fct": built}, "sources": {}}
    assert with_described(catalog, {"nodes": {"model.fct": MODEL}, "sources": {}}) == catalog


def test_every_column_of_gold_is_described_with_its_type() -> None:
    models = yaml.safe_load((GOLD / "schema.yml").read_text())["models"]
    columns = [(model["name"], column) for model in models for column in model["columns"]]
    assert [f"{model}.{column['name']}" for model, column in columns if not column.get("data_type")] == []
    assert len(columns) > 15
