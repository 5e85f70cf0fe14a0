"""What `ecom up --all` adds: Airflow's pools, and how to reach everything."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.stack import platform
from ecom.stack.platform import airflow, airflow_pools, summary


def test_each_dataset_s_writer_has_a_pool_of_one_slot_and_so_has_what_is_derived_and_gold() -> None:
    pools = airflow_pools(["orders", "payments", "coupons"])
    assert list(pools) == ["silver_orders", "silver_payments", "silver_coupons", "silver_enrich", "gold"]
    assert {pool["slots"] for pool in pools.values()} == {1}
    assert all(pool["description"] for pool in pools.values())


def test_a_command_of_airflow_s_that_fails_says_its_last_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, 1, "working\n", "a traceback\ndatabase is locked\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(EcomError, match=r"`airflow db migrate` failed: database is locked"):
        airflow(Settings(), "db", "migrate")


def test_the_summary_names_addresses_and_where_passwords_are_and_shows_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "status", lambda settings: [])
    settings = Settings(ecom_home=tmp_path, ecom_port_base=24000)
    credentials = settings.s3_credentials()
    text = "\n".join(summary(settings))
    assert "127.0.0.1:24001" in text and "SQLite" in text and "no password" in text
    assert str(tmp_path / "secrets.env") in text
    assert credentials is not None and not any(secret in text for secret in credentials)
