"""The connection `Trino (delta)`: where Metabase finds Trino, and the tables that it must know before cards work."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake.trino_login import password
from ecom.metabase.client import Client, RefusedError
from ecom.metabase.content import Content
from ecom.metabase.marker import split
from ecom.metabase.verdict import Found

NAME = "Trino (delta)"
KEY = "trino_delta"
DESCRIPTION = "Gold, the audited sales: catalog delta, schema gold, as the Trino user dashboard, who can only read."
USER = "dashboard"
POLL_S = 2.0
NEEDED = ("fct_sales_minute", "vw_sales_last_60min", "vw_quarantine_last_24h")  # of Gold, by the cards


@dataclass(frozen=True)
class Connection:
    """Trino as Metabase reaches it: in a container, 127.0.0.1 is the container."""

    host: str
    port: int
    ssl: bool = False
    password: str | None = None
    options: str = ""

    @property
    def details(self) -> dict[str, Any]:
        """Metabase's names for it."""
        basic = {"host": self.host, "port": self.port, "catalog": "delta", "schema": "gold", "user": USER}
        options = {"additional-options": self.options} if self.options else {}
        secret = {"password": self.password} if self.password else {}
        return basic | {"ssl": self.ssl} | options | secret

    @property
    def wanted(self) -> Content:
        compared = {name: value for name, value in self.details.items() if name != "password"}
        compared["additional-options"] = self.options or None  # compared without options too: they may be new
        return {"name": NAME, "description": DESCRIPTION, "engine": "starburst"} | compared


def connection(settings: Settings, host: str | None, port: int | None, ssl: bool | None, options: str) -> Connection:
    """What is not given comes from METABASE_TRINO_HOST and _PORT, else it is where we find Trino ourselves."""
    own_host, own_port = settings.trino_address
    by_ssl = settings.trino_https if ssl is None else ssl
    as_user = settings.model_copy(update={"trino_user": USER})
    return Connection(
        host or settings.metabase_trino_host or own_host,
        port or settings.metabase_trino_port or own_port,
        by_ssl,
        password(as_user) if by_ssl else None,
        options,
    )


def find(client: Client, wanted: Content) -> Found | None:
    """Ours whatever a person calls it, else one of our name."""
    listed = client.get("/api/database")["data"]
    ours = [one for one in listed if (marker := split(one.get("description"))[1]) and marker.key == KEY]
    named = [one for one in listed if one["name"] == NAME]
    for one in [*ours, *named]:
        return found(client.get(f"/api/database/{one['id']}"), wanted)
    return None


def found(database: Mapping[str, Any], wanted: Content) -> Found:
    """Only what we set is compared: Metabase adds more to the details."""
    details = database.get("details") or {}
    description, marker = split(database.get("description"))
    basic = {"name": database["name"], "description": description, "engine": database["engine"]}
    kept = {name: details.get(name) for name in wanted if name not in basic}
    return Found(database["id"], basic | kept, marker)


def create(client: Client, to: Connection) -> int:
    """Metabase tries the connection before it takes it."""
    body = {"name": NAME, "engine": "starburst", "details": to.details, "connection_source": "admin"}
    with connecting(client, to):
        return int(client.post("/api/database", body | {"is_full_sync": True, "is_on_demand": False})["id"])


@contextmanager
def connecting(client: Client, to: Connection) -> Iterator[None]:
    """What Metabase refuses inside, it refuses because it does not reach Trino."""
    try:
        yield
    except RefusedError as refused:
        raise cannot_connect(client, to.host, to.port, refused.why) if refused.status == 400 else refused from None


def check(client: Client, number: int, host: str, port: int) -> None:
    """Raises EcomError when Metabase does not reach Trino."""
    health = client.get(f"/api/database/{number}/healthcheck")
    if health.get("status") != "ok":
        raise cannot_connect(client, host, port, str(health.get("message") or health))


def cannot_connect(client: Client, host: str, port: int, why: str) -> EcomError:
    remedy = "in a container 127.0.0.1 is the container itself: with compose.yaml it is --trino-host trino" + (
        " --trino-port 8080" if port != 8080 else ""
    )
    return EcomError(
        f"Metabase at {client.url} cannot connect to Trino at {host}:{port} ({why.rstrip('.')}); "
        f"the host is as Metabase sees it; {remedy}."
    )


def wait_for_tables(client: Client, number: int, within: float, *, sleep: Callable[[float], None] = time.sleep) -> bool:
    """True when a sync was needed. Raises EcomError when Metabase does not know the tables within so many seconds."""
    if not (missing := _missing(client, number)):
        return False
    client.post(f"/api/database/{number}/sync_schema")
    give_up = time.monotonic() + within
    while missing := _missing(client, number):
        if time.monotonic() >= give_up:
            raise EcomError(
                f"Metabase at {client.url} does not know {', '.join(missing)} {within:.0f} s after a sync of {NAME}; "
                "are they in Trino (`ecom run gold`)? Then docs/metabase.md, Tables are missing."
            )
        sleep(POLL_S)
    return True


def _missing(client: Client, number: int) -> list[str]:
    known = {(t.get("schema"), t["name"]) for t in client.get(f"/api/database/{number}/metadata")["tables"]}
    return [f"gold.{name}" for name in NEEDED if ("gold", name) not in known]
