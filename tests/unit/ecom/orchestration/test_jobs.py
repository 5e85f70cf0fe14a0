"""Jobs as Airflow's tasks: skipped where there is nothing to do, and a failure says its last lines."""

import logging
import sys

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from ecom.lake import pending
from ecom.orchestration import jobs
from ecom.orchestration.jobs import LAST_LINES, derive_if_pending, judge_if_pending, run_python


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The processes that tasks would have started."""
    found = list[tuple[str, ...]]()
    monkeypatch.setattr(jobs, "run_python", lambda *words: found.append(words))
    return found


def is_pending(monkeypatch: pytest.MonkeyPatch, answer: bool) -> None:
    monkeypatch.setattr(pending, "silver_is_pending", lambda settings, contract: answer)
    monkeypatch.setattr(pending, "derived_is_pending", lambda settings, table, clean: answer)


def test_a_dataset_with_news_is_judged(started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    is_pending(monkeypatch, True)
    judge_if_pending("payments")
    derive_if_pending()
    assert started == [("-m", "spark_jobs.silver", "payments"), ("-m", "spark_jobs.derive", "order_state")]


def test_one_without_is_skipped(started: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    is_pending(monkeypatch, False)
    with pytest.raises(AirflowSkipException, match="Nothing new of payments"):
        judge_if_pending("payments")
    with pytest.raises(AirflowSkipException, match="Nothing new for the derived tables"):
        derive_if_pending()
    assert started == []


def test_a_process_s_lines_are_the_task_s_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="ecom.orchestration.jobs"):
        run_python("-c", "print('one'); print(); print('two')")
    assert [record.getMessage() for record in caplog.records] == ["one", "two"]


def test_a_process_that_fails_says_its_last_lines() -> None:
    code = f"import sys\nfor n in range({LAST_LINES + 3}): print('line', n)\nsys.exit(3)"
    with pytest.raises(AirflowException, match=r"ended with 3: line 3 / line 4 / line 5 / line 6 / line 7$"):
        run_python("-c", code)


def test_one_that_fails_without_a_word_says_so() -> None:
    with pytest.raises(AirflowException, match="ended with 7: it said nothing"):
        run_python("-c", "raise SystemExit(7)")


def test_it_is_this_environment_s_python_in_the_environment_that_is_given() -> None:
    run_python(
        "-c", f"import os, sys; assert (sys.executable, os.environ['A']) == ({sys.executable!r}, 'b')", env={"A": "b"}
    )
