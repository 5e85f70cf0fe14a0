"""The dbt that stays: its lines, its failures and its end, with a process of a few lines in dbt's place."""

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.dbt.resident import DONE, ResidentDbt

STAND_IN = f"""
import json, os, sys
for line in sys.stdin:
    words = json.loads(line)
    print("pid", os.getpid(), *words, flush=True)
    if "die" in words:
        sys.exit(1)
    print({DONE!r} + json.dumps("fail" not in words), flush=True)
"""


@pytest.fixture
def dbt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ResidentDbt:
    script = tmp_path / "stand_in.py"
    script.write_text(textwrap.dedent(STAND_IN))
    real = subprocess.Popen

    def start(command: list[str], **more: Any) -> "subprocess.Popen[str]":
        return real([sys.executable, str(script)], **more)

    monkeypatch.setattr("ecom.dbt.resident.subprocess.Popen", start)
    monkeypatch.setattr("ecom.dbt.build.dbt_environment", lambda settings: {})
    return ResidentDbt(Settings(ecom_home=tmp_path))


def pid_of(lines: list[str]) -> str:
    return lines[0].split()[1]


def test_one_process_answers_every_call(dbt: ResidentDbt) -> None:
    first, second = list(dbt("build")), list(dbt("test", "-s", "x"))
    assert second[0].split()[2:] == ["test", "-s", "x"]
    assert pid_of(first) == pid_of(second)
    dbt.stop()


def test_a_failed_build_raises_after_its_last_line_and_the_next_one_works(dbt: ResidentDbt) -> None:
    lines = list[str]()
    with pytest.raises(EcomError, match="dbt failed"):
        lines.extend(dbt("fail"))
    again = list(dbt("build"))
    assert len(again) == 1
    dbt.stop()


def test_a_process_that_ended_is_told_and_started_again(dbt: ResidentDbt) -> None:
    before = pid_of(list(dbt("build")))
    with pytest.raises(EcomError, match="ended in mid-build"):
        list(dbt("die"))
    assert pid_of(list(dbt("build"))) != before
    dbt.stop()


def test_stop_ends_the_process_and_may_be_called_twice(dbt: ResidentDbt) -> None:
    list(dbt("build"))
    process = dbt._process
    dbt.stop()
    dbt.stop()
    assert process and process.poll() is not None
