"""The official command line: which of its options are ours, and that the password is not among its words."""

from pathlib import Path

from ecom.base.settings import Settings
from ecom.lake.trino_cli import environment, options


def settings(home: Path, **other: object) -> Settings:
    return Settings.model_validate({"ecom_home": home, "ecom_port_base": 24000} | other)


def test_it_is_told_where_trino_is_and_what_the_user_says_wins(tmp_path: Path) -> None:
    given = options(settings(tmp_path), ["--user=dashboard", "--catalog", "hive", "--execute", "select 1"])
    assert given == ["--server=http://127.0.0.1:24004", "--timezone=UTC"]


def test_over_https_the_password_goes_by_environment(tmp_path: Path) -> None:
    remote = settings(tmp_path, trino_host="trino.example", trino_https=True, trino_password="hush-hush")
    given = options(remote, [])
    assert "--server=https://trino.example:443" in given and given[-1] == "--password"
    assert "hush-hush" not in " ".join(given)
    assert environment(remote)["TRINO_PASSWORD"] == "hush-hush"
