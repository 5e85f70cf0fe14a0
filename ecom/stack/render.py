"""Fills the configuration templates of the folders kafka/, s3proxy/ and trino/ into ECOM_HOME/etc.

`@NAME@` is replaced here; `${ENV:NAME}` is Trino's own, for what must not lie in a file of its, and a line that names a
variable that is not set is left out.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from ecom.jdk import LATE_C2
from ecom.settings import LOOPBACK, ROOT, Settings
from ecom.stack.layout import Layout, write_private

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
    ),
}


def secret_environment(settings: Settings) -> dict[str, str]:
    """What the processes get by environment: Trino's way to the bucket."""
    environment = {}
    if settings.s3_endpoint:
        environment["AWS_ENDPOINT_URL_S3"] = settings.s3_endpoint
    credentials = settings.s3_credentials()
    if credentials:
        environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"] = credentials
    return environment


def values(settings: Settings, layout: Layout) -> dict[str, str]:
    """Each `@NAME@` and what it stands for."""
    return secret_environment(settings) | {
        "BIND": LOOPBACK,
        "DATA": str(layout.data),
        "KAFKA_PORT": str(settings.port("kafka")),
        "KAFKA_CONTROLLER_PORT": str(settings.port("kafka-controller")),
        "S3_PORT": str(settings.port("s3")),
        "TRINO_PORT": str(settings.trino_address[1]),
        "LATE_C2": "\n".join(LATE_C2),
        "LAKEHOUSE_URI": settings.lakehouse_uri,
        "AWS_REGION": settings.aws_region,
        "S3_PATH_STYLE": str(settings.s3_endpoint is not None).lower(),
    }


def render(services: list[str], settings: Settings, layout: Layout) -> str:
    """Writes the files of `services`; returns all their text, by which a change is noticed."""
    known = values(settings, layout)
    texts = []
    for name in (name for service in services for name in TEMPLATES[service]):
        text = fill((ROOT / name).read_text(), known)
        write_private(layout.etc / Path(name), text)
        texts.append(text)
    return "\n".join(texts)


def fill(template: str, known: Mapping[str, str]) -> str:
    lines = [line for line in template.splitlines() if all(n in known for n in re.findall(r"\$\{ENV:(\w+)\}", line))]
    return re.sub(r"@([A-Z0-9_]+)@", lambda m: known[m[1]], "\n".join(lines)) + "\n"
