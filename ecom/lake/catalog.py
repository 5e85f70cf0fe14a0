"""What Trino knows of the lake: the tables that Spark writes, and the views over them."""

import re
from collections.abc import Iterable, Mapping

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake.tables import Table
from ecom.lake.trino import TrinoSession, literal


def publish(settings: Settings, tables: Iterable[Table], views: Mapping[str, str]) -> list[str]:
    """Register the tables that Trino does not know, and define the views (`schema.name` to query). Returns the new
    tables, as `schema.name`."""
    with TrinoSession(settings) as trino:
        known = _known(trino)
        missing = [table for table in tables if str(table) not in known]
        for schema in sorted({table.schema for table in missing}):
            trino.query(f"create schema if not exists delta.{schema}")
        for table in missing:
            _register(trino, settings, table)
        for name, sql in views.items():  # each time: a newer version of ours may define one otherwise
            # Whoever may read a view needs no right to what is below it.
            trino.query(f"create or replace view delta.{name} security definer as {sql}")
    return [str(table) for table in missing]


def known_to_trino(settings: Settings) -> set[str]:
    """Every table and view of the lake, as `schema.name`."""
    with TrinoSession(settings) as trino:
        return _known(trino)


def is_complete(settings: Settings, tables: Iterable[Table], views: Mapping[str, str]) -> bool:
    """True when Trino knows every table and view."""
    return {str(table) for table in tables} | views.keys() <= known_to_trino(settings)


def location_of(settings: Settings, schema: str, table: str) -> str | None:
    """Where Trino keeps the table (an `s3://` address): it chooses the folders of those that it creates.

    None where there is no such table.
    """
    with TrinoSession(settings) as trino:
        if f"{schema}.{table}" not in _known(trino):
            return None
        statement = str(trino.query(f"show create table delta.{schema}.{table}").scalar())
    found = re.search(r"location = '([^']+)'", statement)
    return found[1] if found else None


def _known(trino: TrinoSession) -> set[str]:
    rows = trino.query("select table_schema, table_name from delta.information_schema.tables").rows
    return {f"{schema}.{name}" for schema, name in rows}


def _register(trino: TrinoSession, settings: Settings, table: Table) -> None:
    location = f"{settings.lakehouse_uri}/{table.schema}/{table.name}"
    arguments = ", ".join(literal(text) for text in (table.schema, table.name, location))
    try:
        trino.query(f"call delta.system.register_table({arguments})")
    except EcomError as error:
        if "already exists" not in str(error).lower():  # a run beside this one was first
            raise
