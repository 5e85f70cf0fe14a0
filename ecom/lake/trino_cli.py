"""The official Trino command line as a process of ours: its words, its environment, and what it may show."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from threading import Thread

from ecom.base.errors import EcomError
from ecom.base.jdk import find_jdk
from ecom.base.jvm import part_folder
from ecom.base.settings import ROOT, Settings
from ecom.base.shown import copy_shown
from ecom.lake.trino import CATALOG
from ecom.lake.trino_login import password, trusts

NO_TERMINAL = "-Dorg.jline.terminal.dumb=true"  # else it warns that its outputs are none
JVM = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED")  # a quick start


def command(settings: Settings, arguments: list[str], with_prompt: bool) -> list[str]:
    """Java, the command line, and ours of its options that `arguments` do not give."""
    folder = part_folder("trino-cli")
    if not folder.is_dir():
        raise EcomError(f"The Trino command line is not in {folder}; run `make setup`.")
    jar = next(folder.glob("*.jar"))
    terminal = [] if with_prompt else [NO_TERMINAL]
    return [str(find_jdk().java), *JVM, *terminal, "-jar", str(jar), *options(settings, arguments), *arguments]


def options(settings: Settings, arguments: list[str]) -> list[str]:
    """Where Trino is, and as whom; the command line refuses an option that is there twice."""
    host, port = settings.trino_address
    known = {
        "--server": f"{settings.trino_scheme}://{host}:{port}",
        "--user": settings.trino_user,
        "--catalog": CATALOG,
        "--timezone": "UTC",
    }
    trusted = trusts(settings)
    if settings.trino_https and trusted and Path(trusted).is_file():
        known["--truststore-path"] = trusted
    given = {argument.split("=")[0] for argument in arguments}
    ours = [f"{name}={value}" for name, value in known.items() if name not in given]
    return [*ours, *(["--password"] if password(settings) and "--password" not in given else [])]


def environment(settings: Settings) -> dict[str, str]:
    """The password goes by environment: anybody may read a process's words. A pager of the user's own is kept."""
    login = password(settings)
    return {"TRINO_PAGER": pager()} | dict(os.environ) | ({"TRINO_PASSWORD": login} if login else {})


def pager() -> str:
    """What rows go through at the prompt, in the shell's words: the command line itself sends what is stored."""
    ours = shlex.join(["env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "ecom.base.shown"])
    return f"{ours} | less -FXSn" if shutil.which("less") else ours


def has_a_prompt(arguments: Collection[str], is_typed: bool) -> bool:
    """True when somebody types the statements: there the command line itself needs the terminal."""
    names = {argument.split("=")[0] for argument in arguments}
    return is_typed and not names & {"--execute", "--file", "-f"}


def run_shown(words: list[str], environ: dict[str, str]) -> int:
    """Its exit code. Of its outputs, those that are terminals get what it says with control characters shown; files
    and pipes get it as it is."""
    outputs = {"stdout": sys.stdout, "stderr": sys.stderr}
    terminals = [name for name, out in outputs.items() if out.isatty()]
    process = subprocess.Popen(words, env=environ, **dict.fromkeys(terminals, subprocess.PIPE))  # type: ignore[call-overload]
    # Ctrl-C reaches the command line too, which cancels its query and ends.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        copies = [
            Thread(target=copy_shown, args=(getattr(process, name).fileno(), outputs[name].buffer))
            for name in terminals
        ]
        for copy in copies:
            copy.start()
        for copy in copies:
            copy.join()
        return int(process.wait())
    finally:
        signal.signal(signal.SIGINT, before)
