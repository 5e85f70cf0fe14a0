"""Is the service in this container well? What compose.yaml's health checks run: `python -m ecom.stack.health SERVICE`.

Ends with 0, or with 1 and a sentence. It runs every half minute in each container, so little is imported.
"""

import http.client
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable

from ecom.base.errors import EcomError
from ecom.base.settings import LOOPBACK, Settings, load_settings
from ecom.stack.ready import check
from ecom.stack.services import platform_services, services

TIMEOUT_S = 8


def main(name: str) -> None:
    """For a container's health check: exit 1, and a line that says why, when the service `name` does not work."""
    try:
        settings = load_settings()
        if name in CHEAP:
            CHEAP[name](settings)
        else:
            known = {service.name: service for service in [*services(settings), *platform_services(settings)]}
            check(known[name], settings)
    except (EcomError, OSError, ValueError, LookupError, http.client.HTTPException) as error:
        print(f"{name}: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def s3(settings: Settings) -> None:
    """It speaks S3, and refuses who has no key. Asking with one would take three times as long."""
    status, body = _get(f"http://{LOOPBACK}:{settings.port('s3')}/")
    if status != 403 or b"<Code>AccessDenied</Code>" not in body:
        raise EcomError(f"S3 answered a stranger with HTTP {status}.")


def trino(settings: Settings) -> None:
    """It has started: what the health check in Trino's own image asks."""
    _, body = _get(f"http://{LOOPBACK}:{settings.port('trino')}/v1/info")
    if json.loads(body)["starting"]:
        raise EcomError("Trino is still starting.")


CHEAP: dict[str, Callable[[Settings], None]] = {"s3": s3, "trino": trino}


def _get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


if __name__ == "__main__":
    main(sys.argv[1])
