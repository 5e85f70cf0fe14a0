"""`ecom demo`, interrupted while it works and run again, in another time zone: the numbers still agree."""

import signal
import subprocess
import sys
import time

from ecom.base.settings import ROOT, Settings
from tests.lake import ecom, environment_of
from tests.terminal import sigint_ends

AWAY = {"TZ": "Asia/Kathmandu"}  # +05:45: an hour's cut, a day's and a minute's would all show


def test_the_demo_interrupted_and_run_again_agrees_with_the_oracle(lake: Settings) -> None:
    command = [sys.executable, "-m", "ecom", "demo", "--orders", "300"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment_of(lake) | AWAY,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=sigint_ends,
    ) as demo:
        assert demo.stderr
        for line in demo.stderr:
            if "Silver: clean" in line:
                break
        time.sleep(2)  # into the micro-batch
        demo.send_signal(signal.SIGINT)
        output = demo.stderr.read()
        assert demo.wait(timeout=90) == 130, output
    assert "Traceback" not in output
    again = ecom(lake, "demo", "--orders", "300", timeout=400, environment=AWAY)
    assert again.returncode == 0, again.stderr
    assert "Gold equals the oracle" in again.stdout
    assert "Every offset is accounted for." in again.stdout
    opened = ecom(lake, "open", environment={"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": ""})
    assert opened.stdout == f"http://127.0.0.1:{lake.port('streamlit')}\n", opened.stderr
