"""The files of a stack: configuration, socket, logs."""

import configparser
import stat
from pathlib import Path

import pytest

from ecom.base.layout import LONGEST_SOCKET, Layout, write_private
from ecom.base.settings import Settings
from ecom.stack.logs import tail, telling_line
from ecom.stack.render import TEMPLATES, fill, render
from ecom.stack.supervise import restarts, write_configuration


def settings(home: Path, **other: object) -> Settings:
    return Settings.model_validate({"ecom_home": home, "ecom_port_base": 24000} | other)


def test_every_template_is_filled_and_private(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    text = render(list(TEMPLATES), settings(tmp_path), layout)
    assert "listeners=PLAINTEXT://127.0.0.1:24001" in text and "http-server.http.port=24004" in text
    for path in layout.etc.rglob("*"):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert "@" not in path.read_text().replace("1@127", "")


def test_the_secret_lies_in_one_file_only_that_needs_it(tmp_path: Path) -> None:
    layout, given = Layout(tmp_path), settings(tmp_path)
    render(list(TEMPLATES), given, layout)
    key_and_secret = given.s3_credentials()
    assert key_and_secret is not None
    holders = [p.name for p in layout.etc.rglob("*") if p.is_file() and key_and_secret[1] in p.read_text()]
    assert holders == ["s3proxy.conf"]


def test_a_line_whose_variable_is_not_set_is_left_out() -> None:
    template = "a=1\ns3.endpoint=${ENV:AWS_ENDPOINT_URL_S3}\ns3.aws-access-key=${ENV:KEY}\nb=@B@"
    assert fill(template, {"KEY": "k", "B": "2"}) == "a=1\ns3.aws-access-key=${ENV:KEY}\nb=2\n"


def test_trino_is_told_not_to_use_the_column_index(tmp_path: Path) -> None:
    assert "parquet.use-column-index=false" in render(["trino"], settings(tmp_path), Layout(tmp_path))


def test_a_home_with_a_long_path_gets_a_socket_with_a_short_one(tmp_path: Path) -> None:
    deep = Layout(tmp_path / ("x" * 90))
    assert len(str(deep.socket)) <= LONGEST_SOCKET
    assert deep.socket != Layout(tmp_path / ("y" * 90)).socket
    deep.create()
    assert stat.S_IMODE(deep.socket.parent.stat().st_mode) == 0o700
    deep.socket.parent.rmdir()


def test_a_percent_sign_in_a_path_survives_the_supervisor_s_expansion(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "50%s")
    write_configuration({"kafka": ["/java", "-cp", "a b/*"]}, layout)
    parser = configparser.RawConfigParser()
    parser.read_string(layout.supervisor_conf.read_text())
    assert parser["program:kafka"]["command"] == "/java -cp 'a b/*'"
    assert parser["supervisord"]["logfile"] % {} == str(layout.log("supervisord"))


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    write_private(path, "one")
    write_private(path, "two")
    assert path.read_text() == "two" and list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("fine\nERROR no such port\nbye\n", "ERROR no such port"),
        ("fine\nbye\n\n", "bye"),
        ("", "empty"),
    ],
)
def test_the_telling_line_of_a_log_is_its_last_complaint(tmp_path: Path, text: str, line: str) -> None:
    log = tmp_path / "log"
    log.write_text(text)
    assert telling_line(log) == line


def test_tail_is_the_last_lines_and_nothing_of_a_log_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("1\n2\n3\n")
    assert tail(tmp_path / "log", 2) == ["2", "3"]
    assert tail(tmp_path / "none", 2) == []


def test_restarts_count_from_the_supervisor_s_own_start(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert restarts(layout) == {}
    started, spawned = "INFO supervisord started with pid 7", "INFO spawned: '{}' with pid 9"
    lines = [started, *[spawned.format("kafka")] * 3, started, *[spawned.format(n) for n in ("kafka", "s3", "s3")]]
    layout.logs.mkdir()
    layout.log("supervisord").write_text("\n".join(lines))
    assert restarts(layout) == {"kafka": 0, "s3": 1}


def test_an_alert_s_setting_changes_only_what_airflow_s_processes_are_started_with(tmp_path: Path) -> None:
    from ecom.stack.control import _fingerprints

    commands = {"bronze": ["python"], "airflow-scheduler": ["python"]}
    settings, layout = Settings(ecom_home=tmp_path), Layout(tmp_path)
    before, after = (_fingerprints(commands, {}, {"ALERT_EMAIL_TO": to}, settings, layout) for to in ("a@x", "b@x"))
    assert [name for name in commands if before[name] != after[name]] == ["airflow-scheduler"]


def test_what_airflow_s_processes_read_comes_back_as_it_was(tmp_path: Path) -> None:
    from dotenv import dotenv_values

    from ecom.stack.control import _dotenv

    awkward = {"ALERT_SMTP_URL": "smtp://u:p'a\\s$X#1\"@h", "SILVER_SCHEDULE": "*/5 * * * *"}
    (tmp_path / "env").write_text(_dotenv(awkward))
    assert dict(dotenv_values(tmp_path / "env", interpolate=False)) == awkward
