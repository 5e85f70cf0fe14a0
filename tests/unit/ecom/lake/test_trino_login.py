"""Who a client is to Trino, and whom it trusts."""

from pathlib import Path

from ecom.base.secrets import local_secrets
from ecom.base.settings import Settings
from ecom.lake.trino_login import local_ca_cert, password, trusts


def settings(home: Path, **other: object) -> Settings:
    return Settings.model_validate({"ecom_home": home} | other)


def test_plain_http_needs_no_password(tmp_path: Path) -> None:
    assert password(settings(tmp_path)) is None


def test_the_local_trino_s_password_is_the_generated_one_of_its_user(tmp_path: Path) -> None:
    for user in ("dbt", "dashboard", "operator"):
        given = settings(tmp_path, trino_https=True, trino_user=user)
        assert password(given) == local_secrets(tmp_path)[f"TRINO_PASSWORD_{user.upper()}"]


def test_a_user_that_nobody_generated_has_none(tmp_path: Path) -> None:
    assert password(settings(tmp_path, trino_https=True, trino_user="eve")) is None


def test_a_password_that_is_set_is_taken(tmp_path: Path) -> None:
    given = settings(tmp_path, trino_https=True, trino_host="trino.example.com", trino_password="given")
    assert password(given) == "given"
    assert password(settings(tmp_path, trino_https=True, trino_host="trino.example.com")) is None


def test_the_local_trino_is_trusted_by_its_own_certificate(tmp_path: Path) -> None:
    assert trusts(settings(tmp_path)) == str(local_ca_cert(tmp_path)) == str(tmp_path / "tls" / "trino-ca.pem")


def test_another_one_by_the_file_that_is_named_else_by_the_system_s_store(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("")
    far = {"trino_https": True, "trino_host": "trino.example.com"}
    assert trusts(settings(tmp_path, **far, trino_ca_cert=tmp_path / "ca.pem")) == str(tmp_path / "ca.pem")
    assert trusts(settings(tmp_path, **far)) != str(local_ca_cert(tmp_path))
