"""Each check of the doctor: what makes it fail, and what it says then."""

import os
import socket
from pathlib import Path
from typing import Literal

import pytest

from ecom.base.errors import EcomError
from ecom.base.ports import outgoing_ports
from ecom.base.settings import Settings
from ecom.stack.doctor import (
    GIB,
    Finding,
    check_disk,
    check_home,
    check_jdk,
    check_memory,
    check_port_base,
    check_ports,
    check_python,
    check_secrets_file,
    examine,
)


@pytest.mark.parametrize(("free", "level"), [(1 * GIB, "fail"), (3 * GIB, "warn"), (50 * GIB, "ok")])
def test_the_disk_is_judged_before_data_is_at_risk(tmp_path: Path, free: int, level: str) -> None:
    assert check_disk(tmp_path / "not" / "there" / "yet", free).level == level


@pytest.mark.parametrize(("available", "level"), [(1 * GIB, "fail"), (4 * GIB, "warn"), (16 * GIB, "ok")])
def test_memory_is_judged_by_what_is_available(available: int, level: str) -> None:
    assert check_memory(available).level == level


def test_an_old_python_fails() -> None:
    assert check_python((3, 10, 4)).level == "fail"
    assert check_python((3, 11, 0)).level == "ok"


def test_a_missing_jdk_fails_with_its_own_sentence() -> None:
    def none_found(_: object) -> object:
        raise EcomError("No JDK 25 was found.")

    finding = check_jdk({}, none_found)  # type: ignore[arg-type]
    assert (finding.level, finding.found) == ("fail", "No JDK 25 was found.")


def test_a_taken_port_is_named_with_its_process_and_the_setting_that_moves_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        base = taken.getsockname()[1] - 3  # so that S3's port is the taken one
        findings = list(check_ports(Settings(ecom_home=tmp_path, ecom_port_base=base)))
    (failed,) = [f for f in findings if f.level == "fail" and str(base + 3) in f.found]
    assert f"(pid {os.getpid()})" in failed.found
    assert "ECOM_PORT_BASE" in failed.remedy


def test_ports_of_services_that_are_elsewhere_are_not_looked_at(tmp_path: Path) -> None:
    settings = Settings(
        ecom_home=tmp_path, kafka_bootstrap="k:1", trino_host="t", aws_endpoint_url_s3="http://s", ecom_port_base=40000
    )
    assert [finding.found for finding in check_ports(settings)] == ["40007 for The page"]  # which is always ours


@pytest.mark.parametrize(("platform", "level"), [("fail", "fail"), ("warn", "warn"), (None, None)])
def test_airflows_port_is_checked_first_where_it_is_needed(
    tmp_path: Path, platform: Literal["warn", "fail"] | None, level: str | None
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        findings = list(check_ports(Settings(ecom_home=tmp_path, ecom_port_base=port - 6), platform))
    assert [f.level for f in findings if str(port) in f.found and "Airflow" in f.found] == ([level] if level else [])


def test_ports_among_the_outgoing_ones_are_a_warning_with_a_free_base(tmp_path: Path) -> None:
    def found(base: int | None) -> list[Finding]:
        return list(check_port_base(Settings(ecom_home=tmp_path, ecom_port_base=base), (32768, 60999)))

    (finding,) = found(32762)
    assert finding.level == "warn" and "32763 to 32770" in finding.found
    free = int(finding.remedy.split()[3].rstrip(":"))
    assert free + 8 < 32768
    assert found(None) == found(21000) == found(32759) == found(61000) == []


def test_a_system_that_names_no_outgoing_ports_gets_no_warning(tmp_path: Path) -> None:
    assert outgoing_ports(tmp_path / "none") is None
    (tmp_path / "range").write_text("32768\t60999\n")
    assert outgoing_ports(tmp_path / "range") == (32768, 60999)


def test_secrets_that_others_can_read_fail(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    path.touch(mode=0o600)
    assert check_secrets_file(tmp_path).level == "ok"
    path.chmod(0o644)
    finding = check_secrets_file(tmp_path)
    assert (finding.level, finding.remedy) == ("fail", f"chmod 600 {path}")


def test_a_home_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert check_home(tmp_path).level == "warn"
    tmp_path.chmod(0o700)
    assert check_home(tmp_path).level == "ok"


def test_a_placeholder_ends_the_examination_with_the_variable_s_name(tmp_path: Path) -> None:
    findings = examine({"ECOM_HOME": str(tmp_path), "AWS_SECRET_ACCESS_KEY": "changeme"})
    (failed,) = [f for f in findings if f.title == "settings"]
    assert failed.level == "fail" and "AWS_SECRET_ACCESS_KEY" in failed.found and "changeme" not in failed.found
