"""What the containers' image is made of, and what runs in it."""

import re
import shlex
import shutil
import stat
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from dotenv import dotenv_values

from ecom.base.jvm import part_folder
from ecom.base.jvm_lock import read_lock
from ecom.base.layout import Layout
from ecom.base.settings import ROOT, Settings
from ecom.stack.render import TEMPLATES, render
from ecom.stack.services import command

DOCKERFILE = (ROOT / "docker" / "Dockerfile").read_text()
STEPS = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
KEY = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
CONTAINER = {  # as compose.yaml sets them
    "kafka": {"ecom_bind": "0.0.0.0", "ecom_host": "kafka", "ecom_kafka_outside": "127.0.0.1:9092"},
    "s3": {"ecom_bind": "0.0.0.0", **KEY},
    "trino": {
        "ecom_bind": "0.0.0.0",
        "ecom_host": "trino",
        "aws_endpoint_url_s3": "http://s3:9000",
        **KEY,
    },
}
DIFFERENT = {  # in the container, and here
    "kafka": {
        "listeners=PLAINTEXT://0.0.0.0:9092,OUTSIDE://0.0.0.0:9094,": "listeners=PLAINTEXT://127.0.0.1:9092,",
        "=PLAINTEXT://kafka:9092,OUTSIDE://127.0.0.1:9092\n": "=PLAINTEXT://127.0.0.1:9092\n",
    },
    "s3": {"http://0.0.0.0:9000": "http://127.0.0.1:9000"},
    "trino": {
        "node.bind-ip=0.0.0.0": "node.bind-ip=127.0.0.1",
        "discovery.uri=http://trino:": "discovery.uri=http://127.0.0.1:",
        "internal-address=trino": "internal-address=127.0.0.1",
    },
}


@pytest.mark.parametrize("service", TEMPLATES)
def test_a_container_s_configuration_is_the_local_stack_s_but_for_names_and_addresses(
    service: str, tmp_path: Path
) -> None:
    here, there = Layout(tmp_path / "here"), Layout(tmp_path / "container")
    render([service], Settings.model_validate({"ecom_home": here.home} | (KEY if service == "s3" else {})), here)
    render([service], Settings.model_validate({"ecom_home": there.home} | CONTAINER[service]), there)
    for template in TEMPLATES[service]:
        text = (there.etc / template).read_text().replace(str(there.home), str(here.home))
        for in_container, local in DIFFERENT[service].items():
            text = text.replace(in_container, local)
        assert text.encode() == (here.etc / template).read_bytes(), template
    commands = [shlex.join(command(service, Path("/java/bin/java"), layout)) for layout in (here, there)]
    assert commands[1].replace(str(there.home), str(here.home)) == commands[0]


def test_the_differences_are_really_there(tmp_path: Path) -> None:
    for service, different in DIFFERENT.items():
        layout = Layout(tmp_path / service)
        text = render([service], Settings.model_validate({"ecom_home": layout.home} | CONTAINER[service]), layout)
        assert [part for part in different if part not in text] == []


def test_an_address_for_clients_outside_is_a_host_and_a_port() -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        Settings.model_validate({"ecom_kafka_outside": "http://127.0.0.1:9092/"})


def test_what_the_image_copies_is_in_the_checkout_and_not_ignored() -> None:
    for sources in (step.split()[1:-1] for step in STEPS if step.startswith("COPY ") and "--from" not in step):
        for source in sources:
            assert (ROOT / source).exists(), source
            assert source == "." or is_sent(source), source


def test_everything_that_runs_is_in_the_image() -> None:
    from ecom.base.jvm import LOG4J
    from ecom.base.jvm_lock import PARTS

    needed = [
        "ecom/__main__.py",
        "contracts/orders.odcs.yaml",
        "dbt_project/profiles.yml",
        "generator/run.py",
        "metabase/sales_by_the_minute.yaml",
        "docker/trino",
        "dashboard/app.py",
        "dashboard/.streamlit/config.toml",
    ]
    needed += [str(path.relative_to(ROOT)) for path in (LOG4J, PARTS / "parts.lock")]
    needed += [name for names in TEMPLATES.values() for name in names]
    assert [path for path in needed if not is_sent(path)] == []


@pytest.mark.parametrize("path", [".env", ".ecom/secrets.env", ".git/config", ".venv/bin/python", "tests/lake.py"])
def test_secrets_and_local_state_stay_out_of_the_image(path: str) -> None:
    assert not is_sent(path)


def is_sent(path: str) -> bool:
    """By .dockerignore, where the last line that matches wins."""
    sent = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!")
        names = [path, *map(str, Path(path).parents)]
        if pattern.startswith("**/"):
            pattern, names = pattern[3:], list(Path(path).parts)
        if line and not line.startswith("#") and any(fnmatchcase(name, pattern) for name in names if name != "."):
            sent = line.startswith("!")
    return sent


def test_base_images_are_pinned_to_a_patch() -> None:
    bases = [step.split()[1] for step in STEPS if step.startswith("FROM ")]
    assert bases and all(re.search(r":\d+\.\d+\.\d+", base) for base in bases)


def test_the_image_runs_as_the_user_that_compose_names() -> None:
    assert "USER 10001:10001" in STEPS
    assert STEPS.index("USER 10001:10001") > max(i for i, step in enumerate(STEPS) if step.startswith("RUN "))


def test_the_step_that_fetches_the_parts_needs_only_what_was_copied_before_it(tmp_path: Path) -> None:
    """In a folder with just those files, and a cache in which the parts already are."""
    for step in STEPS[: next(i for i, step in enumerate(STEPS) if "ensure_parts" in step)]:
        if step.startswith("COPY ecom"):
            *sources, target = step.split()[1:]
            for source in sources:
                copy = tmp_path / (target if (ROOT / source).is_dir() else target + Path(source).name)
                copy.parent.mkdir(parents=True, exist_ok=True)
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, copy)
                else:
                    shutil.copy(ROOT / source, copy)
    for part in read_lock():
        (tmp_path / "cache" / "ecom-platform" / "jvm-parts" / part_folder(part).name).mkdir(parents=True)
    step = next(step for step in STEPS if "ensure_parts" in step).removeprefix("RUN ")
    environment = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin"}
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(ROOT / ".venv" / "bin" / "python")
    subprocess.run(["sh", "-c", step], cwd=tmp_path, env=environment, check=True, capture_output=True)


def test_the_pin_of_uv_is_found_in_the_lock(tmp_path: Path) -> None:
    step = next(step for step in STEPS if "uv pip sync" in step)
    extract = re.search(r"sed .*? > ", step)
    assert extract is not None
    done = subprocess.run(["sh", "-c", extract[0][:-3]], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert lines[0].startswith("uv==") and all("--hash=sha256:" in line for line in lines[1:]) and len(lines) > 2


def test_env_is_filled_once_in_private_and_without_a_word_of_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("TRINO_USER=me\nS3_ACCESS_KEY=\nPOSTGRES_PASSWORD=mine")
    fill = ["sh", str(ROOT / "docker" / "fill-env.sh"), str(path)]
    output = subprocess.run(fill, capture_output=True, text=True, check=True)
    text, values = path.read_text(), dotenv_values(path)
    assert (values["TRINO_USER"], values["POSTGRES_PASSWORD"]) == ("me", "mine")
    assert len(values["S3_ACCESS_KEY"] or "") == 20 and len(values["S3_SECRET_KEY"] or "") == 40
    assert values["COMPOSE_PROFILES"] == "kafka,s3,trino"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(str(values[name]) in output.stdout + output.stderr for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY"))
    subprocess.run(fill, check=True, capture_output=True)
    assert path.read_text() == text


def test_trino_s_command_line_is_ecom_s() -> None:
    script = ROOT / "docker" / "trino"
    assert script.stat().st_mode & 0o111 and 'ecom trino "$@"' in script.read_text()


@pytest.mark.parametrize("name", ["nosuch", "kafka", "s3", "trino", "airflow-scheduler", "dbt-docs", "dashboard"])
def test_what_is_not_well_is_exit_1(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from ecom.stack import health

    nowhere = Settings.model_validate({"ecom_home": tmp_path, "ecom_port_base": 64000})
    monkeypatch.setattr(health, "load_settings", lambda: nowhere)
    with pytest.raises(SystemExit) as end:
        health.main(name)
    output = capsys.readouterr().err
    assert end.value.code == 1 and output.startswith(f"{name}: ") and output.count("\n") == 1
