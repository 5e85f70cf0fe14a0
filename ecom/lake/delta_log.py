"""A Delta table's log, read over S3 without Spark: a few requests, however long the history is.

Delta's protocol: `_delta_log/VERSION.json`, one action a line, `commitInfo` first; `_last_checkpoint` says from which
version on to look.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from ecom.base.settings import Settings
from ecom.lake.commit_note import CommitNote, parse_note
from ecom.lake.s3 import Bucket

# They change no row; neither does a commit without an added or removed file that says `dataChange`.
WITHOUT_DATA = ("CREATE TABLE", "SET TBLPROPERTIES", "ADD COLUMNS", "OPTIMIZE", "VACUUM START", "VACUUM END")
LOOK_BACK = 100  # more commits in a row that change nothing than any job of ours makes
_COMMIT = re.compile(r"(\d{20})\.json$")


@dataclass(frozen=True)
class Commit:
    """`note` is None when no job of ours made it, `at` when the log does not say."""

    version: int
    operation: str
    at: datetime | None
    note: CommitNote | None
    changes_data: bool

    @property
    def is_first(self) -> bool:
        """The table was just made: it has no rows."""
        return self.version == 0 and self.operation == "CREATE TABLE"

    @property
    def is_foreign(self) -> bool:
        return self.note is None and self.operation not in WITHOUT_DATA


class DeltaLog:
    """The log of `schema.table` as it was when it was first asked; use it once and drop it."""

    def __init__(self, settings: Settings, table: str, bucket: Bucket | None = None) -> None:
        self._bucket = bucket or Bucket(settings)
        self._folder = f"{_folder(self._bucket, table)}/_delta_log"

    @cached_property
    def version(self) -> int:
        """The newest; -1 when there is no table."""
        pointer = self._bucket.read(f"{self._folder}/_last_checkpoint")
        checkpoint = int(json.loads(pointer)["version"]) if pointer else -1
        after = f"{self._folder}/{max(checkpoint - 1, 0):020d}.json" if pointer else None
        found = (_COMMIT.search(key) for key in self._bucket.keys(f"{self._folder}/", after))
        return max((int(match[1]) for match in found if match), default=checkpoint)

    @cached_property
    def last(self) -> Commit | None:
        return self.commit(self.version) if self.version >= 0 else None

    def newest_note(self, job: str | None = None, at: int | None = None) -> CommitNote | None:
        """That of the newest commit which has one (of `job`, if given), among the last LOOK_BACK up to version `at`."""
        newest = self.version if at is None else min(at, self.version)
        for version in range(newest, max(newest - LOOK_BACK, -1), -1):
            commit = self.commit(version)
            if commit is None:
                return None
            if commit.note is not None and job in (None, commit.note.job):
                return commit.note
        return None

    def changed_by_others(self, after: int) -> bool:
        """Whether anybody but the jobs changed rows after version `after`; also where the log no longer tells."""
        if self.version < after:
            return True  # another table of that name, or one restored
        commits = (self.commit(version) for version in range(after + 1, self.version + 1))
        return any(commit is None or commit.is_foreign for commit in commits)

    @cached_property
    def last_data_change(self) -> Commit | None:
        """The newest commit that changed rows; None when none did. Looks back no further than LOOK_BACK commits, and
        takes the one there for it: what is not known counts as changed."""
        oldest = max(self.version - LOOK_BACK, 0)
        for version in range(self.version, oldest - 1, -1):
            commit = self.commit(version)
            if commit is None or commit.changes_data or (version == oldest > 0):
                return commit or Commit(version, "unknown", None, None, True)
        return None

    def first_data_change(self, after: int) -> Commit | None:
        """The oldest commit after version `after` that changed rows; None when none did. Where the log no longer tells,
        or after LOOK_BACK commits that did not, the one there is taken for it."""
        for count, version in enumerate(range(after + 1, self.version + 1)):
            commit = self.commit(version)
            if commit is None or commit.changes_data or count == LOOK_BACK:
                return commit or Commit(version, "unknown", None, None, True)
        return None

    def commit(self, version: int) -> Commit | None:
        """None when the log no longer has it."""
        if version == self.version and "last" in self.__dict__:
            return self.last
        lines = self._bucket.lines(f"{self._folder}/{version:020d}.json")
        info: dict[str, Any] = json.loads(next(lines, "{}")).get("commitInfo", {})
        if not info:
            return None
        at = datetime.fromtimestamp(info["timestamp"] / 1000, UTC)
        changes = info["operation"] not in WITHOUT_DATA and any(map(_changes_data, lines))
        return Commit(version, info["operation"], at, parse_note(info.get("userMetadata")), changes)


def _changes_data(line: str) -> bool:
    action: dict[str, Any] = json.loads(line)
    return any(action.get(kind, {}).get("dataChange") for kind in ("add", "remove"))


def _folder(bucket: Bucket, table: str) -> str:
    """Spark's tables lie in SCHEMA/TABLE; Trino gives those that it makes a suffix, and notes where in that folder."""
    plain = table.replace(".", "/")
    noted = bucket.read(f"{plain}/.trinoSchema")
    found = re.search(r'"(?:externalLocation|location)"\s*:\s*"s3a?://[^/"]+/([^"]+)"', noted or "")
    return bucket.below(found[1]) if found else plain
