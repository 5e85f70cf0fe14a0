"""Does a service really work? Each check asks for what the jobs will ask for, and ends within 15 s."""

import http.client
import json
import socket
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.stack.services import Service

CONNECT_S = 4.0
HEALTH = {"dashboard": "_stcore/health"}  # what is asked of a web server, where that is not its first page


def check(service: Service, settings: Settings) -> None:
    """Raises EcomError: what was tried, where, and what to look at."""
    checks: dict[str, Callable[[Settings], None]] = {
        "kafka": check_kafka,
        "s3": check_s3,
        "trino": check_trino,
        "bronze": check_bronze,
    }
    if service.name in checks:
        checks[service.name](settings)
    elif service.name.startswith("airflow-"):
        check_airflow(settings, service.name.removeprefix("airflow-"))
    else:
        _get(f"{service.endpoint}/{HEALTH.get(service.name, 'index.html')}")


def check_kafka(settings: Settings) -> None:
    """The broker answers a metadata request."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    from ecom.lake.kafka import unreachable

    if not any(_connects(address) for address in settings.bootstrap.split(",")):
        raise unreachable(settings, "no connection")
    admin = AdminClient({"bootstrap.servers": settings.bootstrap, "log_level": 0})
    try:
        metadata = admin.list_topics(timeout=8)
    except KafkaException as error:
        raise unreachable(settings, error.args[0].str()) from None
    if not metadata.brokers:
        raise unreachable(settings, "it names no broker")


def check_s3(settings: Settings, is_ours: bool | None = None) -> None:
    """The bucket is there and the credentials open it; on an S3 of ours (a local one, unless said) it is created."""
    from botocore.exceptions import BotoCoreError, ClientError

    from ecom.lake.s3 import client

    where = settings.s3_endpoint or "the cloud's own endpoint"
    try:
        s3 = client(settings)
        is_ours = settings.s3_is_local if is_ours is None else is_ours
        if is_ours and settings.bucket not in [b["Name"] for b in s3.list_buckets()["Buckets"]]:
            s3.create_bucket(Bucket=settings.bucket)
        s3.list_objects_v2(Bucket=settings.bucket, MaxKeys=1)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        raise _refusal(settings, where, code) from None
    except (BotoCoreError, ValueError) as error:
        hint = "start it with `ecom up`" if settings.s3_is_local else "check AWS_ENDPOINT_URL_S3 and the credentials"
        raise EcomError(f"S3 at {where} does not answer ({_one_line(error)}); {hint}.") from None


def _refusal(settings: Settings, where: str, code: str) -> EcomError:
    if code in ("NoSuchBucket", "404"):
        return EcomError(
            f"Bucket {settings.bucket} is not at {where}; create it (aws s3 mb s3://{settings.bucket}), "
            "or set LAKEHOUSE_URI to one that is there."
        )
    return EcomError(
        f"S3 at {where} refuses access to bucket {settings.bucket} ({code}); "
        "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    )


def check_trino(settings: Settings) -> None:
    """A query works, and so does the catalog."""
    from ecom.lake.trino import CATALOG, TrinoSession

    with TrinoSession(settings) as session:
        session.query("select 1")
        session.query(f"show schemas from {CATALOG}")


def check_bronze(settings: Settings) -> None:
    """The streams' heartbeat is young, and of the process that the local supervisor holds, where it holds one."""
    from ecom.base.layout import Layout
    from ecom.lake.heartbeat import GONE_AFTER_S, read_heartbeat
    from ecom.lake.s3 import Bucket
    from ecom.stack.supervise import processes

    beat, local = read_heartbeat(Bucket(settings)), processes(Layout(settings.ecom_home)).get("bronze")
    if beat and local and local.pid != beat.pid:
        beat = None  # that of the process before
    age = (datetime.now(UTC) - beat.time).total_seconds() if beat else None
    if age is None or age > GONE_AFTER_S:
        said = "have given no heartbeat yet" if age is None else f"gave their last heartbeat {age:.0f} s ago"
        raise EcomError(f"The Bronze streams {said}; see `ecom logs bronze`.")


def check_airflow(settings: Settings, process: str) -> None:
    """Its API server answers, and says that the process is healthy."""
    url = f"{settings.airflow_url}/api/v2/monitor/health"
    try:
        health = dict(json.loads(_get(url)))
    except (ValueError, TypeError):  # something else listens there, or it has not come to itself
        raise EcomError(f"{url} answers with something that is not Airflow's; see `ecom status`.") from None
    part = {"api-server": "metadatabase"}.get(process, process.replace("-", "_"))
    state = (health.get(part) or {}).get("status")
    if state != "healthy":
        raise EcomError(f"Airflow's {process} is {state or 'not there yet'}; see `ecom logs airflow-{process}`.")


def _get(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_S) as answer:
            return bytes(answer.read())
    except (OSError, ValueError, http.client.HTTPException) as error:  # the last: it listens, and is not itself yet
        raise EcomError(f"{url} does not answer ({_one_line(error)}); see `ecom status`.") from None


def accepts(service: Service) -> bool:
    """Something listens at the service's endpoint: cheap, for `ecom status`."""
    if service.endpoint == "-":
        return True
    parts = urlsplit(service.endpoint)
    if parts.scheme in ("http", "https"):
        default = 443 if parts.scheme == "https" else 80
        return _connects(f"{parts.hostname}:{parts.port or default}")
    if service.name == "s3":
        return True  # the cloud's own endpoint
    return any(_connects(address) for address in service.endpoint.split(","))


def _connects(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host.strip("[]") or address, int(port)), CONNECT_S):
            return True
    except (OSError, ValueError):
        return False


def _one_line(error: Exception) -> str:
    return " ".join((str(error) or type(error).__name__).split()).rstrip(".")[:200]
