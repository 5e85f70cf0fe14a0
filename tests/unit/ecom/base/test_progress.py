"""What a long command writes while it works."""

import logging
import sys
from collections.abc import Iterator

import pytest

from ecom.base.progress import log_to_terminal, timed


@pytest.fixture
def loggers() -> Iterator[None]:
    """The loggers as they were, after the test."""
    ours = [logging.getLogger(name) for name in ("ecom", "spark_jobs")]
    before = [(logger.level, list(logger.handlers)) for logger in ours]
    yield
    for logger, (level, handlers) in zip(ours, before, strict=True):
        logger.setLevel(level)
        logger.handlers = handlers


def test_a_step_is_named_when_it_begins_and_its_time_when_it_ends(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), timed("Gold: dbt build"):
        assert [record.getMessage() for record in caplog.records] == ["Gold: dbt build …"]
    assert caplog.records[-1].getMessage().startswith("Gold: dbt build: done in ")


def test_a_step_that_fails_is_not_said_to_be_done(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(ValueError, match="x"), timed("Bronze"):
        raise ValueError("x")
    assert [record.getMessage() for record in caplog.records] == ["Bronze …"]


def test_messages_go_to_standard_error_so_that_results_can_be_piped(
    loggers: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log_to_terminal()
    log_to_terminal()
    for logger in (logging.getLogger("ecom"), logging.getLogger("spark_jobs")):
        assert len(logger.handlers) == 1, "called twice, a line is still written once"
        handler = logger.handlers[0]
        assert isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr
    logging.getLogger("ecom.test").info("a step")
    out, err = capsys.readouterr()
    assert out == "" and err.endswith(" a step\n")
