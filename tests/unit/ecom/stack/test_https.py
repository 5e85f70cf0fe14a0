"""What a local Trino gets for HTTPS: certificate, password file, configuration."""

import hashlib
import os
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from ecom.base.layout import Layout
from ecom.base.secrets import local_secrets
from ecom.base.settings import Settings
from ecom.dbt.command import project_environment
from ecom.stack import https
from ecom.stack.render import TEMPLATES, render


def settings(home: Path, **other: object) -> Settings:
    return Settings.model_validate({"ecom_home": home, "ecom_port_base": 24000, "trino_https": True} | other)


def test_the_certificate_is_for_this_machine_and_may_be_trusted_strictly(tmp_path: Path) -> None:
    certificate = https.ensure_certificate(tmp_path)
    context = ssl.create_default_context(cadata=certificate)
    context.load_cert_chain(https.server_key(tmp_path))
    (shown,) = context.get_ca_certs()
    assert shown["subjectAltName"] == (("IP Address", "127.0.0.1"), ("DNS", "localhost"))
    assert stat.S_IMODE(https.server_key(tmp_path).stat().st_mode) == 0o600


def test_the_certificate_stays_until_it_is_about_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "VALID", timedelta(days=29))
    first = https.ensure_certificate(tmp_path)
    monkeypatch.undo()
    second = https.ensure_certificate(tmp_path)
    assert second != first and https.ensure_certificate(tmp_path) == second
    assert x509.load_pem_x509_certificate(second.encode()).not_valid_after_utc > datetime.now(UTC) + timedelta(days=800)


def test_the_password_file_has_the_passwords_hashes_and_stays_the_same(tmp_path: Path) -> None:
    lines = https.password_file(tmp_path)
    assert lines == https.password_file(tmp_path)
    assert [line.split(":")[0] for line in lines.splitlines()] == ["dbt", "dashboard", "operator"]
    password = local_secrets(tmp_path)["TRINO_PASSWORD_DASHBOARD"]
    _, iterations, salt, expected = lines.splitlines()[1].split(":")
    found = hashlib.pbkdf2_hmac("sha1", password.encode(), bytes.fromhex(salt), int(iterations))
    assert found.hex() == expected and password not in lines


def test_a_secrets_file_of_an_older_version_keeps_its_secrets_and_gains_the_new_ones(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    path.write_text("AWS_ACCESS_KEY_ID=old\nAWS_SECRET_ACCESS_KEY=older\n")
    found = local_secrets(tmp_path)
    assert (found["AWS_ACCESS_KEY_ID"], found["AWS_SECRET_ACCESS_KEY"]) == ("old", "older")
    assert len(found["TRINO_PASSWORD_DBT"]) == 40
    assert local_secrets(tmp_path) == found and stat.S_IMODE(path.stat().st_mode) == 0o600


def test_plain_http_is_off_where_https_is_on_and_no_secret_lies_in_trino_s_files(tmp_path: Path) -> None:
    text = render(list(TEMPLATES), settings(tmp_path), Layout(tmp_path))
    config = (tmp_path / "etc/trino/etc/config.properties").read_text()
    assert "http-server.http.enabled=false" in config and "http-server.https.port=24004" in config
    assert "http-server.http.port" not in config and "discovery.uri=https://127.0.0.1:24004" in config
    kept = local_secrets(tmp_path)
    assert not any(secret in text for name, secret in kept.items() if name.startswith("TRINO_"))
    assert "https" not in render(["trino"], settings(tmp_path, trino_https=False), Layout(tmp_path))


def test_dbt_is_told_how_to_log_in(tmp_path: Path) -> None:
    known = project_environment(settings(tmp_path))
    assert known["TRINO_HTTPS"] == "true" and known["TRINO_CA_CERT"] == str(tmp_path / "tls/trino-ca.pem")
    assert known["TRINO_PASSWORD"] == local_secrets(tmp_path)["TRINO_PASSWORD_DBT"]
    plain = project_environment(settings(tmp_path, trino_https=False))
    assert plain["TRINO_HTTPS"] == "false" and "TRINO_PASSWORD" not in plain


def test_a_trino_of_ones_own_is_trusted_by_the_system_s_store(tmp_path: Path) -> None:
    known = project_environment(settings(tmp_path, trino_host="trino.example", trino_password="hush-hush"))
    assert (known["TRINO_PORT"], known["TRINO_PASSWORD"]) == ("443", "hush-hush")
    assert known["TRINO_CA_CERT"] == "" or os.path.exists(known["TRINO_CA_CERT"])
