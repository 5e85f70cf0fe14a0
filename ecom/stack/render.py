"""Fills the configuration templates of the folders kafka/, s3proxy/ and trino/ into ECOM_HOME/etc.

`@NAME@` is replaced here; `${ENV:NAME}` is Trino's own, for what must not lie in a file of its, and a line that names a
variable that is not set is left out.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from ecom.base.jdk import LATE_C2
from ecom.base.layout import Layout, write_private
from ecom.base.secrets import local_secrets
from ecom.base.settings import ROOT, Settings
from ecom.lake.trino_login import local_ca_cert
from ecom.stack.https import ensure_certificate, password_file, server_key

OUTSIDE_PORT = 9094
TEMPLATES = {
    "kafka": ("kafka/server.properties", "kafka/log4j2.xml"),
    "s3": ("s3proxy/s3proxy.conf", "s3proxy/logback.xml"),
    "trino": (
        "trino/etc/config.properties",
        "trino/etc/worker.config.properties",
        "trino/etc/node.properties",
        "trino/etc/jvm.config",
        "trino/etc/log.properties",
        "trino/etc/catalog/delta.properties",
        "trino/etc/catalog/hive.properties",
        "trino/etc/access-control.properties",
        "trino/etc/rules.json",
        "trino/etc/resource-groups.properties",
        "trino/etc/resource-groups.json",
        "trino/etc/session-property-config.properties",
        "trino/etc/session-property-config.json",
    ),
}
TRINO_HTTPS = "trino/https.properties"  # lines of config.properties
TRINO_PASSWORDS = "trino/etc/password-authenticator.properties"


def secret_environment(settings: Settings) -> dict[str, str]:
    """What the processes get by environment: Trino's way to the bucket, and its nodes' to each other."""
    environment = {}
    if settings.s3_endpoint:
        environment["AWS_ENDPOINT_URL_S3"] = settings.s3_endpoint
    credentials = settings.s3_credentials()
    if credentials:
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"] = credentials
    if settings.trino_https and settings.trino_is_local:
        environment["TRINO_INTERNAL_SECRET"] = local_secrets(settings.ecom_home)["TRINO_INTERNAL_SECRET"]
    return environment


def values(settings: Settings, layout: Layout) -> dict[str, str]:
    """Each `@NAME@` and what it stands for."""
    known = secret_environment(settings) | {
        "BIND": settings.ecom_bind,
        "HOST": settings.ecom_host,
        "DATA": str(layout.data),
        "KAFKA_LISTENERS": listeners(settings, settings.ecom_bind, f"{settings.ecom_bind}:{OUTSIDE_PORT}"),
        "KAFKA_ADVERTISED": listeners(settings, settings.ecom_host, settings.ecom_kafka_outside),
        "KAFKA_CONTROLLER_PORT": str(settings.port("kafka-controller")),
        "S3_PORT": str(settings.port("s3")),
        "TRINO_ETC": str(layout.etc / "trino/etc"),
        "TRINO_SCHEME": settings.trino_scheme,
        "TRINO_PORT": str(settings.trino_address[1]),
        "TRINO_KEY": str(server_key(layout.home)),
        "TRINO_CA_CERT": str(local_ca_cert(layout.home)),
        "LATE_C2": "\n".join(LATE_C2),
        "LAKEHOUSE_URI": settings.lakehouse_uri,
        "AWS_REGION": settings.aws_region,
        "S3_PATH_STYLE": str(settings.s3_endpoint is not None).lower(),
    }
    return known | {"TRINO_HTTPS": fill((ROOT / TRINO_HTTPS).read_text(), known) if settings.trino_https else ""}


def listeners(settings: Settings, host: str, outside: str | None) -> str:
    """Kafka tells each client the address to go on with, by the listener that it came through: those outside of the
    containers' network need a listener of their own."""
    inside = f"PLAINTEXT://{host}:{settings.port('kafka')}"
    return f"{inside},OUTSIDE://{outside}" if settings.ecom_kafka_outside else inside


def render(services: list[str], settings: Settings, layout: Layout) -> str:
    """Writes the files of `services`; returns all their text, by which a change is noticed."""
    known = values(settings, layout)
    with_passwords = settings.trino_https and "trino" in services
    texts = _write_https(layout) if with_passwords else []
    names = [name for service in services for name in TEMPLATES[service]]
    for name in [*names, *([TRINO_PASSWORDS] if with_passwords else [])]:
        text = fill((ROOT / name).read_text(), known)
        write_private(layout.etc / Path(name), text)
        texts.append(text)
    return "\n".join(texts)


def _write_https(layout: Layout) -> list[str]:
    """The certificate and the password file; returns both texts."""
    texts = [ensure_certificate(layout.home), password_file(layout.home)]
    write_private(layout.etc / "trino/etc/password.db", texts[1])
    return texts


def fill(template: str, known: Mapping[str, str]) -> str:
    lines = [line for line in template.splitlines() if all(n in known for n in re.findall(r"\$\{ENV:(\w+)\}", line))]
    return re.sub(r"@([A-Z0-9_]+)@", lambda m: known[m[1]], "\n".join(lines)) + "\n"
