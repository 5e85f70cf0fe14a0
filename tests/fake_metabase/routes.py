"""The routes' table. What the description does not say (answers, order) is as Metabase's own command line, its tests
and dbt-metabase expect it."""

from collections.abc import Callable
from typing import Any, TypeVar

from tests.fake_metabase.state import Handler, Json, not_found

ROUTES: dict[tuple[str, str], Handler] = {}
OPEN = {("GET", "/api/session/properties"), ("POST", "/api/setup"), ("POST", "/api/session")}


Handled = TypeVar("Handled", bound=Handler)


def route(method: str, path: str) -> Callable[[Handled], Handled]:
    def register(handler: Handled) -> Handled:
        ROUTES[method, path] = handler
        return handler

    return register


def one_of(things: dict[int, Json], number: Any) -> Json:
    """By id, or by entity id."""
    for thing in things.values():
        if number in (thing["id"], thing.get("entity_id")):
            return thing
    raise not_found()
