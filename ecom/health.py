"""Is the service in this container well? What compose.yaml's health checks run: `python -m ecom.health NAME`.

Ends with 0, or with 1 and a sentence. It runs every half minute in each container, so little is imported.
"""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable

from ecom.errors import EcomError
from ecom.settings import LOOPBACK, Settings, load_settings

TIMEOUT_S = 8
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")


def kafka(settings: Settings) -> None:
    """The broker answers a metadata request."""
    from ecom.stack.ready import check_kafka

    check_kafka(settings)


def s3(settings: Settings) -> None:
    """It speaks S3, and refuses who has no key."""
    status, body = _get(f"http://{LOOPBACK}:{settings.port('s3')}/")
    if status != 403 or b"<Code>AccessDenied</Code>" not in body:
        raise EcomError(f"S3 answered a stranger with HTTP {status}.")


def trino(settings: Settings) -> None:
    """It has started: Trino's own image asks the same."""
    _, body = _get(f"http://{LOOPBACK}:{settings.port('trino')}/v1/info")
    if json.loads(body)["starting"]:
        raise EcomError("Trino is still starting.")


def dbt_docs(settings: Settings) -> None:
    status, _ = _get(f"http://{LOOPBACK}:{settings.port('dbt-docs')}/index.html")
    if status != 200:
        raise EcomError(f"dbt's pages are not there (HTTP {status}).")


def bronze(settings: Settings) -> None:
    """Its heartbeat in the lake is young."""
    from ecom.stack.ready import check_bronze

    check_bronze(settings)


def airflow(process: str) -> Callable[[Settings], None]:
    """The API server says that the process is healthy."""

    def check(settings: Settings) -> None:
        from ecom.stack.ready import check_airflow

        check_airflow(settings, process)

    return check


CHECKS: dict[str, Callable[[Settings], None]] = {
    "kafka": kafka,
    "s3": s3,
    "trino": trino,
    "dbt-docs": dbt_docs,
    "bronze": bronze,
} | {f"airflow-{process}": airflow(process) for process in AIRFLOW}


def main(arguments: list[str]) -> None:
    try:
        CHECKS[arguments[0]](load_settings())
    except (EcomError, OSError, ValueError, LookupError, TypeError) as error:
        print(f"{' '.join(arguments)}: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


if __name__ == "__main__":
    main(sys.argv[1:])
