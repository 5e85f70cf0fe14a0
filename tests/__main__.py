"""`make test`: the tests in two halves side by side, each a pytest with a stack of its own, where memory allows it.

One Spark driver keeps one core busy; the half without dbt and Trino fits beside the other. Airflow's tests, which
measure how soon things are back, come after both.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time

import psutil

BESIDE = (
    "tests/contract",
    "tests/faults/test_kills.py",
    "tests/e2e/test_random_histories.py",
    "tests/e2e/test_bronze_resident.py",
    "tests/e2e/test_cluster.py",
)
ALONE = ("tests/e2e/test_airflow.py",)
MEMORY = 13 * 2**30  # two stacks, and two drivers that die beside them
SAY_EVERY_S = 60


def main(arguments: list[str]) -> int:
    """The worst exit code."""
    if arguments or psutil.virtual_memory().available < MEMORY:
        os.execv(sys.executable, pytest(*arguments))  # so that a signal reaches it, and nothing waits in between
    here = [f"--ignore={path}" for path in (*BESIDE, *ALONE)]
    running: list[subprocess.Popen[bytes]] = []

    def end_all(*_: object) -> None:
        for process in running:
            process.terminate()

    signal.signal(signal.SIGTERM, end_all)
    with tempfile.TemporaryFile("w+") as said:
        beside = subprocess.Popen(pytest(*BESIDE), stdout=said, stderr=subprocess.STDOUT, env=environment(1))
        ours = subprocess.Popen(pytest("tests", *here), env=environment(0))
        running += [ours, beside]
        wait_for(running)
        said.seek(0)
        print("\nBeside it, meanwhile: " + " ".join(BESIDE), said.read(), sep="\n", flush=True)
    if all(process.returncode in (0, 1) for process in running):  # to their end, whatever they found
        running.append(subprocess.Popen(pytest(*ALONE), env=environment(0)))
        wait_for(running)
    return max(abs(int(process.returncode)) for process in running)


def wait_for(running: list[subprocess.Popen[bytes]]) -> None:
    """An interrupt reaches them too, from the terminal: each stops what it started."""
    try:
        wait(*running)
    except KeyboardInterrupt:
        wait(*running)


def pytest(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments]


def environment(half: int) -> dict[str, str]:
    return dict(os.environ) | {"ECOM_TEST_HALF": str(half)}


def wait(ours: subprocess.Popen[bytes], *others: subprocess.Popen[bytes]) -> None:
    ours.wait()
    told = time.monotonic()
    while any(process.poll() is None for process in others):
        if time.monotonic() - told > SAY_EVERY_S:
            print("waiting for the tests beside these", flush=True)
            told = time.monotonic()
        time.sleep(0.5)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
