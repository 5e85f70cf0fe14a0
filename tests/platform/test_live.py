"""`ecom live` on the real stack: from Kafka to Gold by itself, alone, waited for by runs, and quickly at its end."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ecom.base.settings import ROOT, Settings
from generator.stream import generate
from tests.lake import assert_gold_equals_oracle, ecom, environment_of, produce
from tests.platform.test_bronze_resident import until

pytestmark = pytest.mark.timeout(600)
START = datetime.now(UTC) - timedelta(days=3)


def test_events_reach_gold_by_themselves_and_a_run_waits_for_that(lake: Settings, tmp_path: Path) -> None:
    output = tmp_path / "live.log"
    with output.open("wb") as out:
        command = [sys.executable, "-m", "ecom", "live", "--every", "1"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment_of(lake), stdout=out, stderr=out, start_new_session=True
        )
    try:
        until(lambda: "receiving" in output.read_text() or process.poll() is not None, 120)
        assert process.poll() is None, output.read_text()

        second = ecom(lake, "live")
        assert second.returncode == 3 and f"The engine (`ecom live`, pid {process.pid}) is at it" in second.stderr
        produce(lake, generate(40, 71, START, timedelta(hours=1)))
        done = ecom(lake, "run", "all", timeout=300)
        assert done.returncode == 0 and "waiting until it has done what is new" in done.stderr, done.stderr
        assert_gold_equals_oracle(lake)
        assert output.read_text().count("Gold: dbt build: done") >= 2  # its tables, then the wave

        started = time.monotonic()
        os.killpg(process.pid, signal.SIGTERM)
        assert process.wait(timeout=20) == 0, output.read_text()
        assert time.monotonic() - started < 15
        assert "Traceback" not in output.read_text()
        assert ecom(lake, "account").returncode == 0
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
