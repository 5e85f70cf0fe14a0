"""The services: what each runs, where it listens."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ecom.base.jdk import LATE_C2
from ecom.base.jvm import classpath, part_folder
from ecom.base.layout import Layout, docs_folder
from ecom.base.settings import LOOPBACK, Settings

JVM = ("-Duser.timezone=UTC", "-Dfile.encoding=UTF-8", "-XX:+ExitOnOutOfMemoryError", *LATE_C2)


@dataclass(frozen=True)
class Service:
    """One service as the settings see it: a process of ours, or somebody else's."""

    name: str
    title: str
    is_local: bool
    endpoint: str
    ports: tuple[int, ...]  # what it binds when it is ours
    ready_within_s: float  # late from then on: waited for only while it does something (ecom/stack/waiting.py)


AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
AIRFLOW_READS = ("AIRFLOW_", "ALERT_", "SILVER_SCHEDULE", "GOLD_RETRY_SECONDS", "LAG_OBJECTIVE_SECONDS")


def services(settings: Settings) -> list[Service]:
    """Those that everything stands on, in start order."""
    trino_host, trino_port = settings.trino_address
    trino = f"{'https://' if settings.trino_https else ''}{trino_host}:{trino_port}"
    kafka_ports = (settings.port("kafka"), settings.port("kafka-controller"))
    s3_endpoint = settings.s3_endpoint or "the cloud's own S3 endpoint"
    return [
        Service("kafka", "Kafka", settings.kafka_is_local, settings.bootstrap, kafka_ports, 180),
        Service("s3", "S3", settings.s3_is_local, s3_endpoint, (settings.port("s3"),), 120),
        Service("trino", "Trino", settings.trino_is_local, trino, (trino_port,), 240),
    ]


def platform_services(settings: Settings) -> list[Service]:
    """The page; then what `ecom up --all` adds: the Bronze streams, Airflow's processes, the dbt docs."""
    docs = f"http://{LOOPBACK}:{settings.port('dbt-docs')}"
    api = Service("airflow-api-server", "Airflow", True, settings.airflow_url, (settings.port("airflow"),), 240)
    others = [Service(f"airflow-{name}", f"Airflow's {name}", True, "-", (), 240) for name in AIRFLOW[1:]]
    return [
        dashboard(settings),
        engine(settings),
        api,
        *others,
        Service("dbt-docs", "dbt docs", True, docs, (settings.port("dbt-docs"),), 60),
    ]


def dashboard(settings: Settings) -> Service:
    url = f"http://{LOOPBACK}:{settings.port('streamlit')}"
    return Service("dashboard", "The page", True, url, (settings.port("streamlit"),), 120)


def engine(settings: Settings) -> Service:
    """What receives events: the Bronze streams alone, or the resident engine."""
    what = "The engine" if settings.ecom_engine == "resident" else "The Bronze streams"
    return Service("bronze", what, True, "-", (), 240)


def command(service: str, java: Path, layout: Layout) -> list[str]:
    builders: dict[str, Callable[[Path, Layout], list[str]]] = {"kafka": _kafka, "s3": _s3, "trino": _trino}
    return builders[service](java, layout)


def platform_command(service: str, settings: Settings, layout: Layout, not_ours: list[str]) -> list[str]:
    """`not_ours`: variables of the supervisor's environment that are for other services."""
    without = ["env", *(word for name in not_ours for word in ("-u", name))]
    ecom = [sys.executable, "-m", "ecom"]
    if service == "bronze":
        return [*without, *ecom, *(["live"] if settings.ecom_engine == "resident" else ["stream", "bronze"])]
    if service == "dashboard":
        return [*without, *ecom, "serve", "dashboard"]
    if service == "dbt-docs":
        folder = str(docs_folder(layout.home))
        bind = ["--bind", settings.ecom_bind, "--directory", folder]
        return [sys.executable, "-m", "http.server", *bind, str(settings.port("dbt-docs"))]
    process = service.removeprefix("airflow-")
    # Logs are read from their folder: the log servers would listen on every address.
    env_file = f"ECOM_ENV_FILE={layout.airflow_env}"
    return [
        *without,
        env_file,
        *ecom,
        "airflow",
        process,
        *(["--skip-serve-logs"] if process in ("scheduler", "triggerer") else []),
    ]


def _kafka(java: Path, layout: Layout) -> list[str]:
    logging = f"-Dlog4j2.configurationFile={layout.etc / 'kafka/log4j2.xml'}"
    server = ["kafka.Kafka", str(layout.etc / "kafka/server.properties")]
    return [str(java), "-Xms128m", "-Xmx512m", *JVM, logging, "-cp", classpath("kafka"), *server]


def kafka_format_command(java: Path, layout: Layout, cluster_id: str) -> list[str]:
    tool = ["kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", cluster_id]
    config = ["-c", str(layout.etc / "kafka/server.properties")]
    return [str(java), "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", classpath("kafka"), *tool, *config]


def _s3(java: Path, layout: Layout) -> list[str]:
    logging = f"-Dlogback.configurationFile={layout.etc / 's3proxy/logback.xml'}"
    server = ["org.gaul.s3proxy.Main", "--properties", str(layout.etc / "s3proxy/s3proxy.conf")]
    return [str(java), "-Xms64m", "-Xmx256m", *JVM, logging, "-cp", classpath("s3proxy"), *server]


def _trino(java: Path, layout: Layout) -> list[str]:
    launcher = str(part_folder("trino") / "bin" / "launcher")
    folders = ["-etc-dir", str(layout.etc / "trino/etc"), "-data-dir", str(layout.data / "trino")]
    return [launcher, *folders, "-jvm-dir", str(java.parent.parent), "run"]
