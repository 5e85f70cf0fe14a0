"""What a value must look like: each check returns it, or raises ValueError with how it should."""

import re
from urllib.parse import urlsplit

from pydantic import SecretStr

MASTERS = r"local(\[[^\]]+\])?|spark://\S+:\d+.*|k8s://\S+|yarn"


def cron(value: str) -> str:
    from croniter import croniter  # type: ignore[import-untyped]  # as Airflow does

    if not (croniter.is_valid(value) and len(value.split()) == 5):
        raise ValueError("must be a cron expression of five fields, such as */5 * * * *")
    return value


def spark_master(value: str) -> str:
    if not re.fullmatch(MASTERS, value):
        raise ValueError("must be local[*], spark://HOST:PORT, k8s://… or yarn")
    return value


def email_addresses(value: str) -> str:
    if not all(re.fullmatch(r"[^@\s]+@[^@\s]+", address.strip()) for address in value.split(",")):
        raise ValueError("must be one address or several with commas between, such as finance@example.com")
    return value


def web_url(value: str) -> str:
    if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
        raise ValueError("must be a URL such as https://s3.eu-central-1.amazonaws.com or http://127.0.0.1:9000")
    return value


def secret_web_url(value: SecretStr) -> SecretStr:
    web_url(value.get_secret_value())
    return value
