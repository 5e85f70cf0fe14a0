"""Where a stack keeps its files below ECOM_HOME."""

import errno
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ecom.base.errors import EcomError
from ecom.base.settings import load_settings

# 104 bytes on macOS, 108 on Linux; the supervisor first binds the name with its pid appended.
LONGEST_SOCKET = 90
UNWRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR, errno.EEXIST} | {
    errno.ENOENT  # no folder can be made there, as in /proc
}


@dataclass(frozen=True)
class Layout:
    """Folders and files of one ECOM_HOME. All are private to the user."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def etc(self) -> Path:
        return self.home / "etc"

    @property
    def stack_env(self) -> Path:
        return self.home / "stack.env"

    @property
    def supervisor_conf(self) -> Path:
        return self.etc / "supervisord.conf"

    @property
    def fingerprint(self) -> Path:
        return self.run / "fingerprint"

    @property
    def airflow_env(self) -> Path:
        """Settings that only Airflow's processes read: when they change, no other process has to be started again."""
        return self.run / "airflow.env"

    def log(self, service: str) -> Path:
        return self.logs / f"{service}.log"

    @property
    def socket(self) -> Path:
        """The supervisor's socket: in `run`, or where that path is too long for one, in a folder of a short name."""
        path = self.run / "supervisor.sock"
        if len(os.fsencode(path)) <= LONGEST_SOCKET:
            return path
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        base = Path(tempfile.gettempdir())
        if len(os.fsencode(base)) > LONGEST_SOCKET // 2:
            base = Path("/tmp")
        return base / f"ecom-{os.getuid()}-{name}" / "s.sock"

    def create(self) -> None:
        """Makes the folders. Raises EcomError where one cannot be written, or the socket's belongs to another user."""
        try:
            for folder in (self.home, self.data, self.logs, self.run, self.etc, self.data / "s3", self.socket.parent):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise EcomError(f"ECOM_HOME {self.home} cannot be written ({error.strerror}); set another one.") from None
        self.home.chmod(0o700)
        if self.socket.parent.stat().st_uid != os.getuid():
            raise EcomError(
                f"{self.socket.parent} belongs to another user; set ECOM_HOME to a folder with a shorter path."
            )


def home_error(error: OSError) -> EcomError | None:
    """The sentence for an error at a file of ECOM_HOME that permissions, the disk or the path's kind explain."""
    path = Path(str(error.filename or ""))
    try:
        home = load_settings().ecom_home
    except EcomError:
        return None
    is_inside = home == path or home in path.parents or path in home.parents
    if not is_inside or error.errno not in UNWRITABLE or (error.errno == errno.ENOENT and home.is_dir()):
        return None
    what = f"ECOM_HOME {home} cannot be written ({error.strerror}: {path})"
    return EcomError(f"{what}; set ECOM_HOME to a folder of yours, on a disk with room.")


def docs_folder(home: Path) -> Path:
    """Where the dbt docs site is, and the manifest that Airflow's DAG is made from."""
    return home / "dbt" / "docs"


def write_private(path: Path, text: str) -> None:
    """Atomic, mode 600: a reader sees the old file or the new one, and only this user sees any."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    os.replace(draft, path)
