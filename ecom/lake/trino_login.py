"""How a client shows itself to Trino over HTTPS, and what it trusts."""

import ssl
from pathlib import Path

from ecom.base.secrets import local_secrets
from ecom.base.settings import Settings


def password(settings: Settings) -> str | None:
    """Of `trino_user`: configured, else the one generated for the local Trino. None: plain HTTP, or nobody known."""
    if settings.trino_password:
        return settings.trino_password.get_secret_value()
    if not (settings.trino_https and settings.trino_is_local):
        return None
    return local_secrets(settings.ecom_home).get(f"TRINO_PASSWORD_{settings.trino_user.upper()}")


def trusts(settings: Settings) -> str | None:
    """PEM file, or the system's folder of them, that Trino's certificate must stem from. None: there is no store."""
    if settings.trino_ca_cert or settings.trino_is_local:
        return str(settings.trino_ca_cert or local_ca_cert(settings.ecom_home))
    store = ssl.get_default_verify_paths()
    return store.cafile or store.capath


def local_ca_cert(home: Path) -> Path:
    """What clients of the local Trino trust; `ecom up` writes it."""
    return home / "tls" / "trino-ca.pem"
