"""One alert a problem, and one when it is over: which problems are open is kept in a folder of small files.

A file is made with O_EXCL, so of many processes that meet the same problem at once, one reports it.
"""

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """What failed, where to look, since when (UTC, ISO 8601), and the next command to type."""

    key: str  # the DAG's name, a dot, and what is wrong in it
    what: str
    where: str
    since: str
    next_command: str

    @property
    def subject(self) -> str:
        return f"[ecom] {self.what}"[:150]

    @property
    def text(self) -> str:
        return f"{self.what}\n\nWhere: {self.where}\nSince: {self.since}\nNext:  {self.next_command}"

    def over(self, now: str) -> "Problem":
        what = f"Over: {self.what}"
        return Problem(self.key, what, self.where, f"{self.since}, over at {now}", "nothing: it works again")


class AlertBook:
    """The open problems of one ECOM_HOME."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, problem: Problem) -> bool:
        """False when it is open already: then nobody is to be told again."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(self._path(problem.key), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(descriptor, "w") as out:
            json.dump(asdict(problem), out)
        return True

    def forget(self, problem: Problem) -> None:
        """It could not be reported: the next time it is met counts as the first."""
        self._path(problem.key).unlink(missing_ok=True)

    def close(self, prefix: str) -> list[Problem]:
        """Takes out the problems whose key begins so, and returns those that this call took."""
        return [taken for path in sorted(self.folder.glob(f"{prefix}*.json")) if (taken := _take(path)) is not None]

    def _path(self, key: str) -> Path:
        return self.folder / (re.sub(r"[^A-Za-z0-9_.-]", "_", key) + ".json")


def _take(path: Path) -> Problem | None:
    """By a rename, so that one of many takes it."""
    mine = path.with_suffix(f".taken-{os.getpid()}")
    try:
        os.replace(path, mine)
    except FileNotFoundError:
        return None
    text = mine.read_text()
    mine.unlink()
    try:
        return Problem(**json.loads(text))
    except (ValueError, TypeError):  # half a file: its writer was killed
        return Problem(path.stem, f"A problem of {path.stem}", "its record was cut short", "unknown", "ecom status")
