"""A dbt that stays: imported and parsed once, it builds when it is told to, in a process of its own.

dbt = ResidentDbt(settings)
run_gold(settings, run=dbt)
dbt.stop()
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import Any

from ecom.base.errors import EcomError
from ecom.base.settings import ROOT, Settings, load_settings
from ecom.dbt.command import project_environment

DONE = "\x1edone "  # begins the line after dbt's own that says how it went
STOP_S = 5.0


class ResidentDbt:
    """Starts its process with the first call, and again when it ended. One call at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._lock = settings, Lock()
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, *arguments: str) -> Iterator[str]:
        """The lines that dbt prints; raises EcomError after the last one when it failed, or when its process ended."""
        with self._lock:
            process = self._started()
            assert process.stdin and process.stdout
            try:
                process.stdin.write(json.dumps(arguments) + "\n")
                process.stdin.flush()
            except OSError:
                raise EcomError("dbt's process ended; it is started again at the next build.") from None
            for line in process.stdout:
                if line.startswith(DONE):
                    if not json.loads(line.removeprefix(DONE)):
                        raise EcomError("dbt failed.")
                    return
                yield line
            self.stop()  # it ends: the next call must not write to it
            raise EcomError("dbt's process ended in mid-build; Gold is built by the next one.")

    def stop(self) -> None:
        """Ends its process, a build under way too; the next call starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _started(self) -> "subprocess.Popen[str]":
        from ecom.dbt.build import dbt_environment

        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ecom.dbt.resident"],
                cwd=ROOT / "dbt_project",
                env=dbt_environment(self._settings),
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        return self._process


def main() -> None:
    """Until its standard input ends: a line of arguments in, dbt's lines and how it went out."""
    os.environ.update(project_environment(load_settings()))
    from dbt.cli.main import dbtRunner

    from ecom.dbt.adapter import install

    install()
    manifest: Any = None
    for line in sys.stdin:
        result = dbtRunner(manifest=manifest).invoke(json.loads(line))
        if manifest is None:
            manifest = _parsed(dbtRunner())
        print(f"{DONE}{json.dumps(bool(result.success))}", flush=True)


def _parsed(runner: Any) -> Any:
    """The project as dbt has parsed it; None where it could not."""
    result = runner.invoke(["--quiet", "parse"])
    return result.result if result.success else None


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
