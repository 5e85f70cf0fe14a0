"""What the services are, by the settings, and how each is started."""

from pathlib import Path

import pytest

from ecom.base.layout import Layout
from ecom.base.settings import Settings
from ecom.stack.services import (
    AIRFLOW,
    command,
    kafka_format_command,
    platform_command,
    platform_services,
    services,
)

LOCAL = Settings(ecom_port_base=24000)
LAYOUT, JAVA = Layout(Path("/home/of/ecom")), Path("/jdk/bin/java")


def test_nothing_set_means_three_services_of_ours_in_start_order() -> None:
    found = services(LOCAL)
    assert [service.name for service in found] == ["kafka", "s3", "trino"]
    assert all(service.is_local for service in found)
    ports = [port for service in found for port in service.ports]
    assert len(ports) == len(set(ports)) == 4


def test_what_is_set_is_somebody_else_s_and_not_started() -> None:
    given = Settings.model_validate(
        {
            "kafka_bootstrap": "broker:9092",
            "aws_endpoint_url_s3": "https://s3.example.com",
            "trino_host": "trino.example.com",
            "aws_access_key_id": "a",
            "aws_secret_access_key": "b",
        }
    )
    found = {service.name: service for service in services(given)}
    assert not any(service.is_local for service in found.values())
    assert found["kafka"].endpoint == "broker:9092" and found["s3"].endpoint == "https://s3.example.com"
    assert found["trino"].endpoint.startswith("trino.example.com:")


def test_https_is_part_of_trino_s_endpoint() -> None:
    *_, trino = services(Settings(ecom_port_base=24000, trino_https=True))
    assert trino.endpoint == "https://127.0.0.1:24004"


def test_no_two_services_of_the_platform_share_a_port_or_a_name() -> None:
    every = [*services(LOCAL), *platform_services(LOCAL)]
    ports = [port for service in every for port in service.ports]
    assert len(ports) == len(set(ports))
    assert len({service.name for service in every}) == len(every)
    assert {f"airflow-{name}" for name in AIRFLOW} <= {service.name for service in every}


@pytest.mark.parametrize(
    ("service", "parts"),
    [
        ("kafka", ["kafka.Kafka", "/home/of/ecom/etc/kafka/server.properties"]),
        ("s3", ["org.gaul.s3proxy.Main", "--properties", "/home/of/ecom/etc/s3proxy/s3proxy.conf"]),
        ("trino", ["-etc-dir", "/home/of/ecom/etc/trino/etc", "-jvm-dir", "/jdk", "run"]),
    ],
)
def test_a_service_is_started_with_the_configuration_of_its_own_home(service: str, parts: list[str]) -> None:
    line = command(service, JAVA, LAYOUT)
    assert [part for part in parts if part not in line] == []


def test_java_is_told_utc_and_to_end_when_memory_runs_out() -> None:
    for service in ("kafka", "s3"):
        line = command(service, JAVA, LAYOUT)
        assert line[0] == str(JAVA)
        assert {"-Duser.timezone=UTC", "-XX:+ExitOnOutOfMemoryError"} <= set(line)


def test_kafka_s_folder_is_formatted_once_with_its_cluster_s_id() -> None:
    line = kafka_format_command(JAVA, LAYOUT, "cluster")
    assert line[line.index("-t") + 1] == "cluster" and "--ignore-formatted" in line


def test_a_platform_process_does_not_see_what_is_for_others() -> None:
    for service in ("bronze", "dashboard", "airflow-scheduler"):
        line = platform_command(service, LOCAL, LAYOUT, ["AWS_SECRET_ACCESS_KEY"])
        assert line[:3] == ["env", "-u", "AWS_SECRET_ACCESS_KEY"], service


@pytest.mark.parametrize(
    ("service", "end"),
    [
        ("bronze", ["stream", "bronze"]),
        ("dashboard", ["serve", "dashboard"]),
        ("airflow-scheduler", ["airflow", "scheduler", "--skip-serve-logs"]),
        ("airflow-triggerer", ["airflow", "triggerer", "--skip-serve-logs"]),
        ("airflow-api-server", ["airflow", "api-server"]),
    ],
)
def test_each_platform_process_is_a_command_of_ours(service: str, end: list[str]) -> None:
    assert platform_command(service, LOCAL, LAYOUT, [])[-len(end) :] == end


def test_the_dbt_docs_listen_where_the_stack_listens() -> None:
    line = platform_command("dbt-docs", LOCAL, LAYOUT, [])
    assert line[line.index("--bind") + 1] == "127.0.0.1"
    assert line[-1] == str(LOCAL.port("dbt-docs"))
