"""What of dbt's many lines is shown."""

import logging
import os
from pathlib import Path

import pytest

from ecom.base.settings import ROOT, Settings
from ecom.dbt import build
from ecom.dbt.build import _log_step, dbt_environment, telling_line


@pytest.mark.parametrize(
    ("lines", "telling"),
    [
        (
            ["Running", "  Gold was left as it was: 3 rows fail", "Done. ERROR=1"],
            "Gold was left as it was: 3 rows fail",
        ),
        (
            ["10:00  Database Error in model fct_sales_minute (models/gold)", "  line 1:8: Column 'x' is unknown"],
            "Database Error in model fct_sales_minute (models/gold): line 1:8: Column 'x' is unknown",
        ),
        (["Encountered an error:", "something else"], "Encountered an error:"),
        (["1 of 3 PASS", "2 of 3 FAIL 7 not_null_gmv", "3 of 3 PASS"], "2 of 3 FAIL 7 not_null_gmv"),
        (["only this", ""], "only this"),
        ([], "it said nothing"),
    ],
)
def test_the_telling_line_is_ours_then_dbt_s_headline_then_the_last(lines: list[str], telling: str) -> None:
    assert telling_line(lines) == telling


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("10:00:01  1 of 9 OK created sql model gold.fct_sales_minute [MERGE in 2s]", logging.INFO),
        ("10:00:01  2 of 9 PASS not_null_gmv [PASS in 1s]", logging.DEBUG),
        ("10:00:01  2 of 9 FAIL 3 not_null_gmv [FAIL 3 in 1s]", logging.INFO),
        ("10:00:01  Concurrency: 2 threads", None),
    ],
)
def test_models_and_failures_are_shown_and_tests_that_pass_are_not(
    line: str, level: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="ecom.dbt.build"):
        _log_step(line)
    assert [record.levelno for record in caplog.records] == ([] if level is None else [level])


def test_dbt_writes_below_the_home_and_finds_our_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/of/the/user")
    found = dbt_environment(Settings(ecom_home=tmp_path, ecom_port_base=24000))
    assert found["DBT_TARGET_PATH"] == str(tmp_path / "dbt" / "target")
    assert found["PYTHONPATH"] == os.pathsep.join((str(ROOT), "/of/the/user"))
    assert (found["TRINO_HOST"], found["TRINO_PORT"]) == ("127.0.0.1", "24004")


def test_unit_tests_are_left_out_and_holes_are_allowed_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[tuple[str, ...]]()
    monkeypatch.setattr(build, "_run_dbt", lambda settings, what, words, run: asked.append(words))
    build.run_gold(Settings())
    build.run_gold(Settings(), with_holes=True)
    assert asked[0] == ("build", "--exclude-resource-type", "unit_test", "-s", "path:models/gold")
    assert asked[1] == (*asked[0], "--vars", '{"with_holes": true}')
