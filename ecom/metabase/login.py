"""The way in: wait until Metabase is healthy, make its first user where there is none, and an API key of our own."""

import hashlib
import re
import socket
import time
from collections.abc import Callable
from typing import Any

from ecom.base.errors import EcomError, ExitCode
from ecom.base.secrets import keep_secret, local_secrets
from ecom.base.settings import Settings
from ecom.metabase.client import Client, RefusedError

MINIMUM = 58  # the oldest release that Metabase still supports, and that its own command line works with
POLL_S = 2.0
Say = Callable[[str], None]


def wait_until_healthy(client: Client, within: float, say: Say, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Raises EcomError when it is not healthy within so many seconds."""
    give_up, is_logged = time.monotonic() + within, False
    while (problem := _problem(client)) is not None:
        if time.monotonic() >= give_up:
            raise EcomError(
                f"Metabase at {client.url} was not healthy within {within:.0f} s: {problem}; "
                "a first start takes minutes (--wait 600), and its own log says more."
            )
        if not is_logged:
            say(f"waiting up to {within:.0f} s for Metabase at {client.url}: {problem}")
            is_logged = True
        sleep(POLL_S)


def _problem(client: Client) -> str | None:
    try:
        answer = client.get("/api/health")
    except RefusedError as refused:
        if refused.status == 503:
            return f"it is starting ({refused.why})"
        raise EcomError(f"{client.url} is no Metabase: /api/health gives HTTP {refused.status}; check --url.") from None
    except EcomError as error:
        if "something that is not" in str(error):
            raise
        return str(error).split(" (", 1)[-1].split(")", 1)[0]
    return None if isinstance(answer, dict) and answer.get("status") == "ok" else f"it says {answer}"


def check_version(properties: dict[str, Any], url: str) -> str:
    """The version's tag, such as v0.63.18.2; a build without a number passes."""
    tag = str((properties.get("version") or {}).get("tag") or "of unknown version")
    number = re.match(r"v[01]\.(\d+)", tag)
    if number and int(number[1]) < MINIMUM:
        raise EcomError(f"Metabase at {url} is {tag}; v0.{MINIMUM} or newer is needed: upgrade it.", ExitCode.USAGE)
    return tag


def log_in(client: Client, settings: Settings, properties: dict[str, Any], say: Say, *, may_write: bool = True) -> None:
    """As an administrator: by METABASE_API_KEY, else by the key that an earlier call made here, else by password.

    `may_write` False: nothing is set up and no key is made.
    """
    if settings.metabase_api_key:
        client.log_in(api_key=settings.metabase_api_key.get_secret_value())
        if not _is_let_in(client):
            raise EcomError(f"Metabase at {client.url} refuses METABASE_API_KEY; make a new one.", ExitCode.USAGE)
        return
    name = f"METABASE_API_KEY_{hashlib.sha256(client.url.encode()).hexdigest()[:12].upper()}"
    if known := local_secrets(settings.ecom_home).get(name):
        client.log_in(api_key=known)
        if _is_let_in(client):
            return
    if not may_write and not properties.get("has-user-setup"):
        raise EcomError(f"Metabase at {client.url} is not set up yet; without --plan it will be.", ExitCode.FINDING)
    client.log_in(session=_session(client, settings, properties, say))
    if not may_write:
        return
    key = _make_api_key(client)
    keep_secret(settings.ecom_home, name, key)
    say(f"made an API key; it is {name} in {settings.ecom_home / 'secrets.env'}")
    client.log_in(api_key=key)


def _is_let_in(client: Client) -> bool:
    try:
        user = client.get("/api/user/current")
    except RefusedError as refused:
        if refused.status == 401:
            return False
        raise
    if not user.get("is_superuser"):
        sentence = f"The API key for {client.url} is not an administrator's; its group must be Administrators."
        raise EcomError(sentence, ExitCode.USAGE)
    return True


def _session(client: Client, settings: Settings, properties: dict[str, Any], say: Say) -> str:
    client.log_in()
    given = settings.metabase_password
    password = given.get_secret_value() if given else local_secrets(settings.ecom_home)["METABASE_ADMIN_PASSWORD"]
    if not properties.get("has-user-setup") and properties.get("setup-token"):
        return _set_up(client, settings, str(properties["setup-token"]), password, say)
    try:
        answer = client.post("/api/session", {"username": settings.metabase_user, "password": password})
    except RefusedError as refused:
        if refused.status not in (400, 401):
            raise
        raise EcomError(
            f"Metabase at {client.url} is already set up and refuses {settings.metabase_user} with the password of "
            f"{'METABASE_PASSWORD' if given else 'ECOM_HOME/secrets.env'} ({refused.why}); set METABASE_API_KEY, or "
            "METABASE_USER and METABASE_PASSWORD of an administrator.",
            ExitCode.USAGE,
        ) from None
    return str(answer["id"])


def _set_up(client: Client, settings: Settings, token: str, password: str, say: Say) -> str:
    user = {"email": settings.metabase_user, "password": password, "first_name": "Data", "last_name": "Platform"}
    answer = client.post("/api/setup", {"token": token, "user": user, "prefs": {"site_name": "Sales"}})
    say(f"set up a fresh Metabase; its administrator is {settings.metabase_user}")
    if not settings.metabase_password:
        say(f"the password is METABASE_ADMIN_PASSWORD in {settings.ecom_home / 'secrets.env'}")
    return str(answer["id"])


def _make_api_key(client: Client) -> str:
    """One a machine: making a second of the same name replaces the first."""
    name = f"ecom {socket.gethostname()}"
    for key in client.get("/api/api-key"):
        if key["name"] == name:
            return str(client.put(f"/api/api-key/{key['id']}/regenerate")["unmasked_key"])
    groups = client.get("/api/permissions/group")
    administrators = next(
        (g["id"] for g in groups if g.get("magic_group_type") == "admin" or g["name"] == "Administrators"), None
    )
    if administrators is None:
        raise EcomError(f"Metabase at {client.url} names no group Administrators; set METABASE_API_KEY instead.")
    return str(client.post("/api/api-key", {"name": name, "group_id": administrators})["unmasked_key"])
