"""A container's process becomes the service, with the local stack's command line."""

import os
import sys
from pathlib import Path

import pytest

from ecom.base.settings import ROOT, Settings
from ecom.stack import serve


class BecameError(Exception):
    """The process would now be this one."""


@pytest.fixture(autouse=True)
def _no_exec(monkeypatch: pytest.MonkeyPatch) -> None:
    def become(path: str, words: list[str], environment: dict[str, str] | None = None) -> None:
        raise BecameError(path, words, environment)

    monkeypatch.setattr(os, "execv", become)
    monkeypatch.setattr(os, "execve", become)
    monkeypatch.setattr(serve, "require_parts", lambda: None)
    monkeypatch.setattr(serve, "format_kafka", lambda jdk, layout: None)


def test_trino_gets_its_secrets_by_environment_and_s3_by_its_file(tmp_path: Path) -> None:
    settings = Settings(ecom_home=tmp_path)
    for name, has_key in (("trino", True), ("s3", False)):
        with pytest.raises(BecameError) as became:
            serve.serve(name, settings)
        _, words, environment = became.value.args
        assert ("AWS_SECRET_ACCESS_KEY" in environment) is has_key, name
        assert environment["JAVA_HOME"] and any(str(tmp_path) in word for word in words)
        assert (tmp_path / "etc").is_dir()


def test_the_docs_are_served_from_this_home(tmp_path: Path) -> None:
    with pytest.raises(BecameError) as became:
        serve.serve_dbt_docs(Settings(ecom_home=tmp_path))
    assert str(tmp_path / "dbt" / "docs") in became.value.args[1]


def test_the_page_starts_in_the_folder_of_its_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(BecameError) as became:
        serve.serve_dashboard()
    assert Path.cwd() == ROOT / "dashboard" and (Path.cwd() / ".streamlit" / "config.toml").is_file()
    assert became.value.args[1] == [sys.executable, "-m", "dashboard.server"]
