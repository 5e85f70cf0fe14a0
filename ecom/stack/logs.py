"""Reading the services' logs."""

import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

TELLING = ("ERROR", "FATAL", "Exception", "Caused by", "Error:", "error:", "Address already in use")


def tail(path: Path, lines: int, start: int = 0) -> list[str]:
    """The last lines, of those that begin at byte `start` or later; of all, when the log was begun anew since."""
    if not path.is_file():
        return []
    with path.open(errors="replace") as log:
        log.seek(start if start <= size(path) else 0)
        return [line.rstrip("\n") for line in deque(log, maxlen=lines)]


def size(path: Path) -> int:
    """Bytes; 0 when it is not there."""
    return path.stat().st_size if path.is_file() else 0


def telling_line(path: Path, start: int = 0) -> str:
    """The last line since byte `start` that says what went wrong, else the last line."""
    lines = [line.strip() for line in tail(path, 300, start) if line.strip()]
    return next((line for line in reversed(lines) if any(t in line for t in TELLING)), lines[-1] if lines else "empty")[
        :300
    ]


def follow(path: Path, pause_s: float = 0.3) -> Iterator[str]:
    """New lines as they come, across rotation. Never ends."""
    log = path.open(errors="replace") if path.is_file() else None
    if log:
        log.seek(0, 2)
    while True:
        line = log.readline() if log else ""
        if line:
            yield line.rstrip("\n")
            continue
        if path.is_file() and (log is None or path.stat().st_ino != _inode(log.fileno())):
            log = path.open(errors="replace")
            continue
        time.sleep(pause_s)


def _inode(descriptor: int) -> int:
    import os

    return os.fstat(descriptor).st_ino
