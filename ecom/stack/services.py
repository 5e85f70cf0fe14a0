"""The services: what each runs, where it listens."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ecom.jdk import LATE_C2
from ecom.jvm import classpath, part_folder
from ecom.settings import Settings
from ecom.stack.layout import Layout

JVM = ("-Duser.timezone=UTC", "-Dfile.encoding=UTF-8", "-XX:+ExitOnOutOfMemoryError", *LATE_C2)


@dataclass(frozen=True)
class Service:
    """One service as the settings see it: a process of ours, or somebody else's."""

    name: str
    title: str
    is_local: bool
    endpoint: str
    ports: tuple[int, ...]  # what it binds when it is ours
    ready_within_s: float  # generous: a busy machine takes ten times as long, and a service that fails is seen at once


def services(settings: Settings) -> list[Service]:
    """All three, in start order."""
    trino_host, trino_port = settings.trino_address
    trino = f"{'https://' if settings.trino_https else ''}{trino_host}:{trino_port}"
    kafka_ports = (settings.port("kafka"), settings.port("kafka-controller"))
    s3_endpoint = settings.s3_endpoint or "the cloud's own S3 endpoint"
    return [
        Service("kafka", "Kafka", settings.kafka_is_local, settings.bootstrap, kafka_ports, 180),
        Service("s3", "S3", settings.s3_is_local, s3_endpoint, (settings.port("s3"),), 120),
        Service("trino", "Trino", settings.trino_is_local, trino, (trino_port,), 240),
    ]


def command(service: str, java: Path, layout: Layout) -> list[str]:
    builders: dict[str, Callable[[Path, Layout], list[str]]] = {"kafka": _kafka, "s3": _s3, "trino": _trino}
    return builders[service](java, layout)


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
