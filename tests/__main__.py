"""`make test`: the tests in two halves side by side, each a pytest with a stack of its own, where memory allows it.

One Spark driver keeps one core busy; the half without dbt and Trino fits beside the other.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time

import psutil

BESIDE = ("tests/contract", "tests/faults/test_kills.py", "tests/e2e/test_random_histories.py")
MEMORY = 13 * 2**30  # two stacks, and two drivers that die beside them
SAY_EVERY_S = 60


def main(arguments: list[str]) -> int:
    """The worse exit code of the two."""
    if arguments or psutil.virtual_memory().available < MEMORY:
        os.execv(sys.executable, pytest(*arguments))  # so that a signal reaches it, and nothing waits in between
    here = [f"--ignore={path}" for path in BESIDE]
    with tempfile.TemporaryFile("w+") as said:
        beside = subprocess.Popen(pytest(*BESIDE), stdout=said, stderr=subprocess.STDOUT, env=environment(1))
        ours = subprocess.Popen(pytest("tests", *here), env=environment(0))

        def end_both(*_: object) -> None:
            ours.terminate()
            beside.terminate()

        signal.signal(signal.SIGTERM, end_both)
        try:
            wait(ours, beside)
        except KeyboardInterrupt:  # the terminal has told them too: each stops what it started
            wait(ours, beside)
        said.seek(0)
        print("\nBeside it, meanwhile: " + " ".join(BESIDE), said.read(), sep="\n", flush=True)
    return max(abs(int(ours.returncode)), abs(int(beside.returncode)))


def pytest(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments]


def environment(half: int) -> dict[str, str]:
    return dict(os.environ) | {"ECOM_TEST_HALF": str(half)}


def wait(ours: subprocess.Popen[bytes], beside: subprocess.Popen[bytes]) -> None:
    ours.wait()
    told = time.monotonic()
    while beside.poll() is None:
        if time.monotonic() - told > SAY_EVERY_S:
            print("waiting for the tests beside these", flush=True)
            told = time.monotonic()
        time.sleep(0.5)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
