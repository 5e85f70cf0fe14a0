"""`make test`, `make test-platform`, `make test-browser`: pytest in two halves side by side, each with its own stack.

One Spark driver keeps one core busy; the half without dbt and Trino fits beside the other. Where memory is short, or
with arguments, one pytest takes the runner's place.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import psutil

MEMORY = 13 * 2**30  # two stacks, and two drivers that die beside them
SAY_EVERY_S = 60


@dataclass(frozen=True)
class Suite:
    """What runs here, what beside it, and what comes after both, because it measures how soon things are back."""

    here: tuple[str, ...]
    beside: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()


SUITES = {
    "test": Suite(
        ("tests", "--ignore=tests/platform", "--ignore=tests/browser"),
        (
            "tests/contract",
            "tests/faults/test_kills.py",
            "tests/e2e/test_random_histories.py",
            "tests/e2e/test_remedies.py",
            "tests/e2e/test_by_contract_alone.py",
        ),
    ),
    "platform": Suite(
        ("tests/platform",),
        ("tests/platform/test_bronze_resident.py", "tests/platform/test_cluster.py"),
        ("tests/platform/test_airflow.py",),
    ),
    "browser": Suite(("tests/browser",)),
}


def main(name: str, arguments: list[str]) -> int:
    """The worst exit code."""
    suite = SUITES[name]
    if arguments or not suite.beside or psutil.virtual_memory().available < MEMORY:
        os.execv(sys.executable, pytest(*(arguments or suite.here)))  # so that a signal reaches it
    here = [*suite.here, *(f"--ignore={path}" for path in (*suite.beside, *suite.alone))]
    running: list[subprocess.Popen[bytes]] = []

    def end_all(*_: object) -> None:
        for process in running:
            process.terminate()

    signal.signal(signal.SIGTERM, end_all)
    with tempfile.TemporaryFile("w+") as output:
        beside = subprocess.Popen(pytest(*suite.beside), stdout=output, stderr=subprocess.STDOUT, env=environment(1))
        ours = subprocess.Popen(pytest(*here), env=environment(0))
        running += [ours, beside]
        wait_for(running)
        output.seek(0)
        print("\nBeside it, meanwhile: " + " ".join(suite.beside), output.read(), sep="\n", flush=True)
    if suite.alone and all(process.returncode in (0, 1) for process in running):  # to their end, whatever they found
        running.append(subprocess.Popen(pytest(*suite.alone), env=environment(0)))
        wait_for(running[-1:])
    return max(abs(int(process.returncode)) for process in running)


def wait_for(running: list[subprocess.Popen[bytes]]) -> None:
    """An interrupt reaches them too, from the terminal: each stops what it started."""
    try:
        wait(running)
    except KeyboardInterrupt:
        wait(running)


def wait(running: list[subprocess.Popen[bytes]]) -> None:
    reported = time.monotonic()
    while any(process.poll() is None for process in running):
        if running[0].poll() is None:
            reported = time.monotonic()  # it speaks for itself
        elif time.monotonic() - reported > SAY_EVERY_S:
            print("waiting for the tests beside these", flush=True)
            reported = time.monotonic()
        time.sleep(0.5)


def pytest(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", *arguments]


def environment(half: int) -> dict[str, str]:
    return dict(os.environ) | {"ECOM_TEST_HALF": str(half)}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
