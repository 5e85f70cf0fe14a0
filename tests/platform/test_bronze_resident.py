"""`ecom stream bronze` on the real stack: it receives, survives what kills it, ends when it hangs, and is watched."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from ecom.base.settings import ROOT, Settings
from ecom.lake.heartbeat import Heartbeat, read_heartbeat
from ecom.lake.s3 import Bucket
from ecom.trust.watch import Sample, Watch, behind, failed, gone, sample
from generator.mix import Mix
from generator.stream import generate
from tests.lake import ecom, environment_of, produce

pytestmark = pytest.mark.timeout(600)
START = datetime.now(UTC) - timedelta(days=3)


@dataclass
class Stream:
    """A running `ecom stream bronze`."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def jvm(self) -> psutil.Process:
        return psutil.Process(self.process.pid).children()[0]

    def output(self) -> str:
        return self.log.read_text()


@contextmanager
def streaming(lake: Settings, log: Path, **environment: str) -> Iterator[Stream]:
    """Yields once both queries run; what is left of it is killed at the end."""
    with log.open("wb") as out:
        command = [sys.executable, "-m", "ecom", "stream", "bronze"]
        given = environment_of(lake) | {"BRONZE_TRIGGER_SECONDS": "1"} | environment
        process = subprocess.Popen(command, cwd=ROOT, env=given, stdout=out, stderr=out, start_new_session=True)
    stream = Stream(process, log)
    try:
        until(lambda: "receiving" in stream.output() or process.poll() is not None, 90)
        assert process.poll() is None, stream.output()
        yield stream
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(is_so: Callable[[], bool], within_s: float) -> float:
    """Seconds that it took."""
    started = time.monotonic()
    while not is_so():
        assert time.monotonic() - started < within_s, f"not within {within_s} s"
        time.sleep(0.3)
    return time.monotonic() - started


def send(lake: Settings, seed: int) -> None:
    produce(lake, generate(40, seed, START, timedelta(hours=1), Mix.clean()))


def all_received(lake: Settings) -> bool:
    return behind(sample(lake)) == 0


def beat(lake: Settings) -> Heartbeat | None:
    return read_heartbeat(Bucket(lake))


def test_events_arrive_through_kill_hang_and_stop_and_each_is_there_once(module_lake: Settings, tmp_path: Path) -> None:
    lake = module_lake
    send(lake, 1)
    with streaming(lake, tmp_path / "one.log") as stream:
        until(lambda: all_received(lake), 60)
        send(lake, 2)
        until(lambda: all_received(lake), 30)
        until(lambda: (found := beat(lake)) is not None and found.pid == stream.process.pid, 30)
        until(lambda: (found := beat(lake)) is not None and found.position == sample(lake).received, 30)
        assert gone(sample(lake)) is None

        refused = ecom(lake, "run", "bronze")
        assert refused.returncode == 3
        assert f"The Bronze stream (`ecom stream bronze`, pid {stream.process.pid}) is at it" in refused.stderr

        send(lake, 3)
        jvm = stream.jvm
        stream.process.kill()  # Python alone: its JVM must not write on beside the next one
        stream.process.wait()
        send(lake, 4)
        with streaming(lake, tmp_path / "two.log") as again:
            assert not jvm.is_running()
            until(lambda: all_received(lake), 60)
            started = time.monotonic()
            os.killpg(again.process.pid, signal.SIGTERM)  # as a supervisor does it: the JVM too
            assert again.process.wait(timeout=20) == 0, again.output()
            assert time.monotonic() - started < 15
            assert "Traceback" not in again.output()

    done = ecom(lake, "run", "silver")
    assert done.returncode == 0, done.stderr
    account = ecom(lake, "account")
    assert account.returncode == 0 and "Every offset is accounted for." in account.stdout, account.stdout


def test_a_stream_whose_jvm_hangs_ends_itself_and_is_seen_by_the_watch(module_lake: Settings, tmp_path: Path) -> None:
    lake = module_lake
    with streaming(lake, tmp_path / "log", BRONZE_STUCK_SECONDS="6") as stream:
        until(lambda: all_received(lake), 60)
        until(lambda: (found := beat(lake)) is not None and found.pid == stream.process.pid, 30)
        jvm = stream.jvm
        jvm.suspend()
        watch = Watch(2)
        assert watch.look(sample(lake)) is None
        send(lake, 5)
        kinds = set()
        while stream.process.poll() is None:
            problem = watch.look(sample(lake))
            kinds.add(problem and problem.kind)
            time.sleep(0.5)
        assert stream.process.returncode == 3, stream.output()
        assert "made no progress" in stream.output()
        assert kinds == {None, "lag"}
        until(lambda: not jvm.is_running(), 10)
        seen = sample(lake)
        later = Sample(seen.now + timedelta(minutes=1), seen.ends, seen.received, seen.heartbeat)
        problem = watch.look(later)
        assert problem and problem.kind == "gone" and f"pid {stream.process.pid}" in problem.sentence


def test_a_stream_that_fails_is_reported_and_holds_up_no_other(module_lake: Settings, tmp_path: Path) -> None:
    from tests.e2e.test_lost_offsets import recreate

    lake = module_lake
    orders, payments = (lake.topics[name] for name in ("orders", "payments"))
    with streaming(lake, tmp_path / "log") as stream:
        until(lambda: all_received(lake), 60)
        recreate(lake, orders)
        send(lake, 6)
        until(lambda: orders in (((found := beat(lake)) and found.failed) or {}), 120)
        until(lambda: all(sample(lake).received[place] == end for place, end in ends_of(lake, payments).items()), 60)
        problem = failed(sample(lake))
        assert problem and f"The Bronze stream of {orders} does not run" in problem.sentence
        assert "recreated" in problem.sentence
        assert stream.process.poll() is None and "Traceback" not in stream.output(), stream.output()


def ends_of(lake: Settings, topic: str) -> dict[tuple[str, int], int]:
    return {place: end for place, end in sample(lake).ends.items() if place[0] == topic}
