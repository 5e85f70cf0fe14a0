"""Cuts the routes that are used here out of Metabase's OpenAPI description: facts only, its prose is left out.

python -m tests.schema.slice_metabase DESCRIPTION.json    # what a Metabase serves at /api/docs/openapi.json
"""

import json
import sys
from pathlib import Path
from typing import Any

SLICE = Path(__file__).with_name("metabase-openapi.json")
ROUTES = {
    "/api/api-key": ["get", "post"],
    "/api/api-key/{id}/regenerate": ["put"],
    "/api/card": ["get", "post"],
    "/api/card/{card-id}/query": ["post"],
    "/api/card/{id}": ["get", "put"],
    "/api/collection": ["get", "post"],
    "/api/collection/root/items": ["get"],
    "/api/collection/{id}/items": ["get"],
    "/api/dashboard": ["get", "post"],
    "/api/dashboard/{id}": ["get", "put"],
    "/api/database": ["get", "post"],
    "/api/database/{id}": ["get", "put"],
    "/api/database/{id}/healthcheck": ["get"],
    "/api/database/{id}/metadata": ["get"],
    "/api/database/{id}/schemas": ["get"],
    "/api/database/{id}/sync_schema": ["post"],
    "/api/field/{id}": ["get", "put"],
    "/api/permissions/group": ["get"],
    "/api/session": ["post"],
    "/api/session/properties": ["get"],
    "/api/setup": ["post"],
    "/api/table": ["get"],
    "/api/table/{id}": ["get", "put"],
    "/api/user/current": ["get"],
    "/api/user/{id}": ["get"],
}
PROSE = ("description", "summary", "tags", "operationId")


def slice_of(description: dict[str, Any]) -> dict[str, Any]:
    """Those routes, and every schema that they reach."""
    paths = {
        path: {method: without_prose(description["paths"][path][method]) for method in methods}
        for path, methods in ROUTES.items()
    }
    schemas: dict[str, Any] = {}
    missing = references(paths)
    while missing:
        for name in missing:
            schemas[name] = without_prose(description["components"]["schemas"][name])
        missing = references(schemas) - schemas.keys()
    return {"openapi": description["openapi"], "paths": paths, "components": {"schemas": dict(sorted(schemas.items()))}}


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"].rsplit("/", 1)[1]} if isinstance(value.get("$ref"), str) else set()
    return own.union(*map(references, value.values()))


def without_prose(value: Any) -> Any:
    """A property may be called `description` too: then it is a schema, not a text."""
    if isinstance(value, list):
        return [without_prose(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: item for key, item in value.items() if key not in PROSE or isinstance(item, dict)}
    return {key: without_prose(item) for key, item in kept.items()}


if __name__ == "__main__":
    sliced = slice_of(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    SLICE.write_text(json.dumps(sliced, indent=1, sort_keys=True) + "\n", encoding="utf-8")
