"""Secrets of the local stack: generated on first use, kept in one file, never printed."""

import base64
import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from dotenv import dotenv_values

from ecom.base.errors import EcomError
from ecom.base.locks import locked

TRINO_USERS = ("dbt", "dashboard", "operator")
MADE_BY: dict[str, Callable[[], str]] = {
    "AWS_ACCESS_KEY_ID": partial(secrets.token_hex, 10),
    "AWS_SECRET_ACCESS_KEY": partial(secrets.token_hex, 20),
    "TRINO_INTERNAL_SECRET": partial(secrets.token_hex, 32),
    **{f"TRINO_PASSWORD_{user.upper()}": partial(secrets.token_hex, 20) for user in TRINO_USERS},
    "AIRFLOW_ADMIN_PASSWORD": partial(secrets.token_urlsafe, 18),
    "AIRFLOW_API_SECRET_KEY": partial(secrets.token_hex, 32),
    "AIRFLOW_JWT_SECRET": partial(secrets.token_hex, 32),
    # Metabase may ask for lower case, upper case, a digit and another character.
    "METABASE_ADMIN_PASSWORD": lambda: f"{secrets.token_urlsafe(18)}-aA{secrets.randbelow(10)}",
    "AIRFLOW_FERNET_KEY": lambda: base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
}


def local_secrets(home: Path) -> dict[str, str]:
    """The secrets in `home/secrets.env` (mode 600); those that are not there yet are generated first."""
    path = home / "secrets.env"
    try:
        return _read_or_write(path)
    except OSError as error:
        sentence = f"The secrets file {path} cannot be used ({error.strerror}); set ECOM_HOME to a folder of yours."
        raise EcomError(sentence) from None


def keep_secret(home: Path, name: str, value: str) -> None:
    """Adds one that somebody else made, such as an API key; an older one of the name goes."""
    known = local_secrets(home)
    path = home / "secrets.env"
    with locked(path.with_name("secrets.lock"), lambda: None):
        _replace(path, known | _read(path) | {name: value})


def _read_or_write(path: Path) -> dict[str, str]:
    if MADE_BY.keys() <= (found := _read(path)).keys():
        return found
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with locked(path.with_name("secrets.lock"), lambda: None):  # two processes that start at once agree
        found = {name: make() for name, make in MADE_BY.items()} | _read(path)
        _replace(path, found)
    return found


def _read(path: Path) -> dict[str, str]:
    return {k: v for k, v in dotenv_values(path).items() if v} if path.exists() else {}


def _replace(path: Path, values: dict[str, str]) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.writelines(f"{name}={value}\n" for name, value in values.items())
    os.replace(draft, path)
