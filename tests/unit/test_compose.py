"""compose.yaml, as far as it can be judged without an engine."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ecom.base.settings import PORTS, ROOT, Settings, topic_setting
from ecom.cli import COMMANDS

FILE = ROOT / "compose.yaml"
DOCUMENT = yaml.safe_load(FILE.read_text())
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("ecom-platform:")]
ONCE = {"topics", "bucket", "lake", "airflow-init"}
services = pytest.mark.parametrize("name", SERVICES)


def test_it_is_a_valid_compose_file() -> None:
    schema = json.loads((ROOT / "tests" / "schema" / "compose-spec.json").read_text())
    problems = [(list(e.absolute_path), e.message) for e in jsonschema.Draft7Validator(schema).iter_errors(DOCUMENT)]
    assert problems == []
    misspelt = DOCUMENT | {"services": {"kafka": SERVICES["kafka"] | {"read_onyl": True}}}
    assert not jsonschema.Draft7Validator(schema).is_valid(misspelt)


@pytest.mark.parametrize("profiles", ["kafka,s3,trino", "", "kafka,s3,trino,metabase"])
def test_docker_compose_accepts_it(profiles: str, tmp_path: Path) -> None:
    found = as_docker_sees_it(tmp_path, f"COMPOSE_PROFILES={profiles}\n")
    wanted = {n for n, s in SERVICES.items() if set(s.get("profiles", ())) <= set(profiles.split(","))}
    assert set(found) == wanted


def test_an_s3_of_one_s_own_takes_the_place_of_ours(tmp_path: Path) -> None:
    role = "COMPOSE_PROFILES=kafka,trino\nAWS_ENDPOINT_URL_S3=\nAWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\n"
    found = as_docker_sees_it(tmp_path, role + "LAKEHOUSE_URI=s3://mine\n")
    settings = Settings.model_validate({k.lower(): v for k, v in found["bronze"]["environment"].items() if v})
    assert not settings.s3_is_local and settings.s3_endpoint is None and settings.s3_credentials() is None
    ours = as_docker_sees_it(tmp_path, "")["bronze"]["environment"]
    assert ours["AWS_ENDPOINT_URL_S3"] == "http://s3:9000" and len(ours["AWS_SECRET_ACCESS_KEY"]) == 40


def as_docker_sees_it(folder: Path, given: str) -> dict[str, Any]:
    """The services by `docker compose config`, with `given` in a filled .env."""
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("this machine's docker has no compose plugin")
    environment = folder / "env"
    environment.write_text(given)
    subprocess.run(["sh", ROOT / "docker" / "fill-env.sh", environment], check=True, capture_output=True)
    command = ["docker", "compose", "-f", str(FILE), "--env-file", str(environment), "config", "--format", "json"]
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "DOCKER_CONFIG") if name in os.environ}
    done = subprocess.run(command, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    services: dict[str, Any] = json.loads(done.stdout)["services"]
    return services


def test_without_secrets_it_says_what_to_type() -> None:
    required = re.findall(r"\$\{(\w+):\?([^}]*)\}", FILE.read_text())
    assert {name for name, _ in required} == {"S3_ACCESS_KEY", "S3_SECRET_KEY", "POSTGRES_PASSWORD"}
    assert {text for _, text in required} == {"type sh docker/fill-env.sh, which adds it to .env"}


def test_every_variable_is_in_the_example_file() -> None:
    used = set(re.findall(r"\$\{(\w+)", FILE.read_text()))
    text = (ROOT / ".env.example").read_text()
    assert [name for name in sorted(used) if f"# {name}=" not in text] == []


def test_every_variable_that_is_ours_is_a_setting() -> None:
    names = {name for service in OURS for name in SERVICES[service]["environment"]}
    topics = {topic_setting(dataset).lower() for dataset in ("orders", "payments")}
    assert {name.lower() for name in names} <= set(Settings.model_fields) | topics


@services
def test_a_service_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    uid, _, gid = service["user"].partition(":")
    assert int(uid) > 0 and int(gid) > 0
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert "privileged" not in service and "network_mode" not in service and "pid" not in service


@services
def test_a_service_has_a_limit_a_policy_and_a_real_check(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"] and service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert (name in ONCE) == ("healthcheck" not in service)
    if name in OURS and name not in ONCE:
        assert service["healthcheck"]["test"] == ["CMD", "python", "-m", "ecom.stack.health", name]


@services
def test_ports_are_published_on_loopback_only(name: str) -> None:
    for port in SERVICES[name].get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{PUBLISH_[A-Z0-9_]+:-\d+\}:\d+", port), port


def test_published_ports_are_the_local_stack_s() -> None:
    found = dict(re.findall(r"127\.0\.0\.1:\$\{PUBLISH_([A-Z0-9_]+):-(\d+)\}:\d+", FILE.read_text()))
    assert {name.lower().replace("_", "-"): int(port) for name, port in found.items()} == {
        name: PORTS[name][0] for name in ("kafka", "s3", "trino", "dbt-docs", "airflow", "streamlit", "metabase")
    }


@services
def test_images_are_pinned(name: str) -> None:
    tag = SERVICES[name]["image"].partition(":")[2]
    assert re.match(r"v?\d+\.\d+", tag), f"{name}: {tag or 'no tag'}"


@services
def test_every_mount_exists(name: str) -> None:
    for volume in SERVICES[name].get("volumes", ()):
        source = volume.split(":")[0]
        assert source in DOCUMENT["volumes"] or (source.startswith("./") and (ROOT / source).is_file()), volume


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_ecom_s(name: str) -> None:
    program, command, *_ = SERVICES[name]["command"]
    assert program == "ecom" and command in COMMANDS


@services
def test_what_a_service_waits_for_can_be_waited_for(name: str) -> None:
    mine = set(SERVICES[name].get("profiles", ()))
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] == ("service_completed_successfully" if other in ONCE else "service_healthy")
        theirs = set(SERVICES[other].get("profiles", ()))
        assert how.get("required", True) is (theirs <= mine), f"{other} may be left out by its profile"


def test_trino_is_found_by_its_name() -> None:
    assert SERVICES["trino"]["container_name"] == "trino"


def test_the_limits_are_what_the_docs_say() -> None:
    unit = {"m": 1, "g": 1024}
    sizes = {n: int(s["mem_limit"][:-1]) * unit[s["mem_limit"][-1]] for n, s in SERVICES.items()}
    steady = sum(size for name, size in sizes.items() if name not in ONCE | {"metabase"})
    text = (ROOT / "docs" / "containers.md").read_text()
    assert f"{steady:,} MiB" in text
    assert [name for name, size in sizes.items() if not re.search(rf"^\| `{name}` .*\| {size:,} \|", text, re.M)] == []
