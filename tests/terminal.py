"""A command started as a terminal starts it, and what it then writes there."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping


def sigint_ends() -> None:
    """For `preexec_fn`: what runs in the background inherits that SIGINT is ignored, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def seen_on_a_terminal(*words: str, environ: Mapping[str, str] | None = None) -> bytes:
    """All that a command of this Python writes when its outputs are a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environ
    ):
        os.close(theirs)
        found = b""
        while data := _read(ours):
            found += data
    os.close(ours)
    return found


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # Linux's way to say that the other end is closed
        return b""
