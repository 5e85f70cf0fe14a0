"""What a command finds beside a resident engine: that it is at work, whose it is, and when it is waited for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ecom import engine, live
from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake.heartbeat import Heartbeat
from spark_jobs.bronze_resident import JOB
from spark_jobs.job import one_writer

NOBODY = 2**22 + 1  # above every pid that Linux gives


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ecom_home=tmp_path)


@contextmanager
def held(settings: Settings, refusal: str) -> Iterator[None]:
    with one_writer(settings, JOB, refusal):
        yield


def test_an_engine_is_at_work_while_it_holds_the_lock(settings: Settings) -> None:
    assert not engine.is_at_work(settings)
    with held(settings, live.refusal(os.getpid())):
        assert engine.is_at_work(settings)
    assert not engine.is_at_work(settings)


def test_streams_alone_are_no_engine(settings: Settings) -> None:
    with held(settings, "The Bronze stream (`ecom stream bronze`, pid 7) is at it."):
        assert not engine.is_at_work(settings)


def test_a_second_engine_is_refused_with_the_first_one_s_pid(settings: Settings) -> None:
    engine.refuse_another(settings)
    with held(settings, live.refusal(os.getpid())), pytest.raises(EcomError, match=f"pid {os.getpid()}"):
        engine.refuse_another(settings)


def test_what_a_dead_engine_left_behind_is_waited_for(settings: Settings) -> None:
    with held(settings, live.refusal(NOBODY)):
        engine.refuse_another(settings)


@pytest.fixture
def news(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What each look for news finds, in turn."""
    found = list[bool]()
    monkeypatch.setattr(engine, "load_datasets", lambda settings: {})
    monkeypatch.setattr(engine, "spark_has_news", lambda *_: found.pop(0))
    monkeypatch.setattr(engine, "gold_has_news", lambda *_: False)
    monkeypatch.setattr(engine, "what_gold_reads", lambda *_: "")
    monkeypatch.setattr(engine, "Bucket", lambda settings: None)
    monkeypatch.setattr("ecom.engine.time.sleep", lambda seconds: None)
    monkeypatch.setattr("ecom.engine.heartbeat.read_heartbeat", lambda bucket: None)
    return found


def test_a_run_waits_until_nothing_is_new(settings: Settings, news: list[bool]) -> None:
    news += [True, True, False]
    with held(settings, live.refusal(os.getpid())):
        engine.wait_for(settings, silver=True, gold=True)
    assert news == []


def test_a_run_ends_when_the_engine_does(settings: Settings, news: list[bool]) -> None:
    news += [True]
    with pytest.raises(EcomError, match="ended meanwhile"):
        engine.wait_for(settings, silver=True, gold=False)


def test_a_run_says_what_the_engine_does_not_get_on_with(
    settings: Settings, news: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    news += [True]
    beat = Heartbeat(datetime.now(UTC), "host", 7, {}, {"Gold": "its audit failed."})
    monkeypatch.setattr("ecom.engine.heartbeat.read_heartbeat", lambda bucket: beat)
    with pytest.raises(EcomError, match=r"does not get on with Gold: its audit failed\."):
        engine.wait_for(settings, silver=True, gold=True)


def test_a_run_waits_no_longer_than_it_may(settings: Settings, news: list[bool]) -> None:
    news += [True]
    with held(settings, live.refusal(os.getpid())), pytest.raises(EcomError, match="has not come to an end"):
        engine.wait_for(settings, silver=True, gold=True, within_s=-1)
