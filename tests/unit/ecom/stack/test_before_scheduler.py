"""Which workers of a killed scheduler are ended before the next one starts."""

from pathlib import Path

import psutil
import pytest

from ecom.base.settings import Settings
from ecom.stack import before_scheduler
from ecom.stack.before_scheduler import idle_orphans


class Worker:
    """A process as psutil shows it."""

    def __init__(self, parent: int, *title: str, gone: bool = False) -> None:
        self.parent, self.title, self.gone = parent, list(title), gone

    def ppid(self) -> int:
        if self.gone:
            raise psutil.NoSuchProcess(1)
        return self.parent

    def cmdline(self) -> list[str]:
        return self.title


IDLE = Worker(1, "airflow worker -- LocalExecutor: <idle>")
BUSY = Worker(1, "airflow worker -- LocalExecutor: gold_dbt")
OF_A_LIVING_SCHEDULER = Worker(4711, "airflow worker -- LocalExecutor: <idle>")
GONE = Worker(1, gone=True)


def test_only_idle_workers_without_a_scheduler_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [GONE, BUSY, IDLE, OF_A_LIVING_SCHEDULER]
    monkeypatch.setattr(before_scheduler, "leftovers", lambda layout: every)
    assert idle_orphans(Settings(ecom_home=tmp_path)) == [IDLE]


def test_they_are_ended_before_the_api_server_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = list[str]()
    monkeypatch.setattr(before_scheduler, "leftovers", lambda layout: [IDLE])
    monkeypatch.setattr(before_scheduler, "end", lambda stray: steps.append(f"end {len(stray)}"))
    monkeypatch.setattr(before_scheduler, "check_airflow", lambda settings, process: steps.append(process))
    before_scheduler.before_scheduler(Settings(ecom_home=tmp_path))
    assert steps == ["end 1", "api-server"]
