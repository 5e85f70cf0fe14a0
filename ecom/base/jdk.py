"""Finds the one JDK that runs Kafka, S3Proxy, Trino and Spark."""

import glob
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ecom.base.errors import EcomError

MINIMUM = 25
MODULE = "jdk.incubator.vector"  # Trino starts with --add-modules=jdk.incubator.vector
# The second compiler (C2) begins 40 times as late as by default, at what is hot in earnest: rows by the million still
# get it, and a run of a minute no longer spends a third of its processor time on compiling what it calls a few times.
# (The demo on 2 cores: 1:43 in place of 3:04.)
LATE_C2 = (
    "-XX:Tier4InvocationThreshold=200000",
    "-XX:Tier4MinInvocationThreshold=50000",
    "-XX:Tier4CompileThreshold=400000",
    "-XX:Tier4BackEdgeThreshold=4000000",
)
USUAL_PLACES = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)


@dataclass(frozen=True)
class Jdk:
    """A Java installation, as its own `release` file describes it."""

    home: Path
    version: int
    modules: frozenset[str]

    @property
    def java(self) -> Path:
        return self.home / "bin" / "java"

    @property
    def is_good(self) -> bool:
        return self.version >= MINIMUM and MODULE in self.modules


def find_jdk(environ: Mapping[str, str] = os.environ, places: tuple[str, ...] = USUAL_PLACES) -> Jdk:
    """JAVA_HOME when it is new enough, else the first good JDK in the usual places, else the one on PATH.

    Raises EcomError that says what was found instead.
    """
    seen = list(_installations(environ, places))
    for jdk in seen:
        if jdk.is_good:
            return jdk
    raise EcomError(
        f"No JDK {MINIMUM} or newer with the module {MODULE} was found ({_describe(seen)}); install one "
        f"(Debian, Ubuntu: openjdk-{MINIMUM}-jdk-headless or temurin-{MINIMUM}-jdk; macOS: brew install openjdk) "
        "or point JAVA_HOME at it."
    )


def read_jdk(home: Path) -> Jdk | None:
    """None when `home` holds no Java."""
    release = home / "release"
    if not release.is_file() or not os.access(home / "bin" / "java", os.X_OK):
        return None
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', release.read_text(errors="replace"), re.MULTILINE))
    number = re.match(r"(?:1\.)?(\d+)", fields.get("JAVA_VERSION", ""))
    return Jdk(home, int(number[1]) if number else 0, frozenset(fields.get("MODULES", "").split()))


def _installations(environ: Mapping[str, str], places: tuple[str, ...]) -> Iterator[Jdk]:
    for home in _homes(environ, places):
        jdk = read_jdk(home)
        if jdk is not None:
            yield jdk


def _homes(environ: Mapping[str, str], places: tuple[str, ...]) -> Iterator[Path]:
    if environ.get("JAVA_HOME"):
        yield Path(environ["JAVA_HOME"]).expanduser()
    for pattern in places:
        # Sorted backwards: a fixed order, in which jdk-26 comes before jdk-25.
        yield from (Path(p) for p in sorted(glob.glob(os.path.expanduser(pattern)), reverse=True))
    on_path = shutil.which("java", path=environ.get("PATH"))
    if on_path:
        yield Path(on_path).resolve().parent.parent


def _describe(seen: list[Jdk]) -> str:
    if not seen:
        return "there is no Java in the usual places"
    return "found: " + ", ".join(sorted({f"{jdk.version} in {jdk.home}" for jdk in seen}))
