"""The lock of the JVM parts: each file on Maven Central, pinned by checksum."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ecom.base.errors import EcomError

PARTS = Path(__file__).parent / "jvm_parts"


@dataclass(frozen=True)
class Artifact:
    """One line of the lock: a file on Maven Central."""

    part: str
    group: str
    name: str
    version: str
    type: str
    sha256: str
    size: int
    classifier: str = ""

    @property
    def filename(self) -> str:
        classifier = f"-{self.classifier}" if self.classifier else ""
        return f"{self.name}-{self.version}{classifier}.{self.type}"


def read_lock(path: Path = PARTS / "parts.lock") -> dict[str, list[Artifact]]:
    """Part name to its artifacts."""
    parts: dict[str, list[Artifact]] = {}
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            part, coordinates, sha256, size = line.split()
            group, name, version, *kind = coordinates.split(":")
            file_type, classifier = kind + ["jar", ""][len(kind) :]
            artifact = Artifact(part, group, name, version, file_type, sha256, int(size), classifier)
            parts.setdefault(part, []).append(artifact)
    return parts


def pyspark_home() -> Path:
    spec = find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise EcomError("pyspark is not installed in this Python; run `make setup`, and use .venv/bin/ecom.")
    return Path(spec.origin).parent
