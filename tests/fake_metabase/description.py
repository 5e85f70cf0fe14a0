"""Metabase's OpenAPI description (tests/schema/metabase-openapi.json): is a request one that it allows?

Two peculiarities of it: what has a default stands as required, and nobody must send that; and where several forms are
allowed it says `oneOf` although some of them overlap (`{}` allows anything), which is read as `anyOf`.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.schema.slice_metabase import SLICE

_DESCRIPTION = json.loads(SLICE.read_text(encoding="utf-8").replace('"oneOf":', '"anyOf":'))


@dataclass(frozen=True)
class Checked:
    """`route` None: no such route. `undeclared`: names that the description does not know; Metabase drops most."""

    route: str | None
    path: dict[str, Any]
    problems: dict[str, str]
    undeclared: list[str]


def check(method: str, path: str, query: dict[str, list[str]], body: Any) -> Checked:
    for route, pattern, names in _routes():
        operation = _DESCRIPTION["paths"][route].get(method.lower())
        found = pattern.fullmatch(path) if operation else None
        if found:
            named = dict(zip(names, found.groups(), strict=True))
            return _checked(route, operation, named, query, body)
    return Checked(None, {}, {}, [])


@cache
def _routes() -> list[tuple[str, re.Pattern[str], list[str]]]:
    """Those with fixed names first: `/root/items` is not `/{id}/items`."""
    routes = sorted(_DESCRIPTION["paths"], key=lambda one: one.count("{"))
    parts = r"\{([^}]+)\}"
    return [(one, re.compile(re.sub(parts, "([^/]+)", one)), re.findall(parts, one)) for one in routes]


def _checked(
    route: str, operation: dict[str, Any], named: dict[str, str], query: dict[str, list[str]], body: Any
) -> Checked:
    problems: dict[str, str] = {}
    parameters = {one["name"]: one for one in operation["parameters"]}
    for name, one in parameters.items():
        given = named.get(name) if one["in"] == "path" else query.get(name)
        if problem := _parameter_problem(one, given):
            problems[name] = problem
    undeclared = [name for name in query if name not in parameters]
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        problems |= _body_problems(schema, body)
        undeclared += [name for name in body or {} if name not in schema.get("properties", {})]
    elif body:
        undeclared += list(body)
    values = {name: int(value) if value.isdigit() else value for name, value in named.items()}
    return Checked(route, values, problems, undeclared)


def _parameter_problem(parameter: dict[str, Any], given: Any) -> str | None:
    schema = parameter["schema"]
    if given is None:
        return "value is required" if parameter["required"] and "default" not in schema else None
    values = given if isinstance(given, list) else [given]
    readings = [values, *values] + [json.loads(v) for v in values if re.fullmatch(r"-?\d+|true|false", v)]
    allowed = any(_validator(id(schema)).is_valid(one) for one in readings)
    return None if allowed else f"{given} is not what it must be"


def _body_problems(schema: dict[str, Any], body: Any) -> dict[str, str]:
    if not isinstance(body, dict):
        return {"body": "a JSON object is required"}
    errors = _validator(id(schema)).iter_errors(body)
    return {str(one.path[0]) if one.path else _missing(one): one.message[:300] for one in errors}


def _missing(error: Any) -> str:
    return str(error.message.split("'")[1]) if "'" in error.message else "body"


@cache
def _validator(number: int) -> Any:
    """Of the description's schema of that id()."""
    schema = _schemas()[number]
    defaults = [name for name, one in schema.get("properties", {}).items() if "default" in one]
    required = [name for name in schema.get("required", []) if name not in defaults]
    whole = schema | ({"required": required} if "required" in schema else {})
    return Draft202012Validator(whole | {"components": _DESCRIPTION["components"]})


@cache
def _schemas() -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.update({id(value["schema"]): value["schema"]} if isinstance(value.get("schema"), dict) else {})
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(inner)

    walk(_DESCRIPTION["paths"])
    return found
