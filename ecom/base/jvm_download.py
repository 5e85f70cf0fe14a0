"""Fetches pinned files from Maven Central with Ivy (which pyspark brings), several processes at a time.

Ivy fetches one file after the other; many small files in parallel shards, and the one large file in a process of its
own, are bound by the network instead.
"""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import quoteattr

from ecom.base.errors import EcomError
from ecom.base.jvm_lock import PARTS, Artifact, pyspark_home

SHARDS = 6
LARGE = 100_000_000  # bytes; a file above this gets a process of its own
CLASSIFIERS = "http://ant.apache.org/ivy/maven"  # an XML namespace, not an address
ATTEMPTS = 3
REPORT_EVERY_S = 5.0
Report = Callable[[str], None]
STALLED_S = 300.0  # no new byte for this long: the attempt is given up


def download(artifacts: list[Artifact], folder: Path, java: Path, report: Report) -> None:
    """Brings each artifact to `folder/PART/FILENAME`, its checksum verified. Raises EcomError that names the file."""
    reason = ""
    for _ in range(ATTEMPTS):
        wanted = [a for a in artifacts if not _is_here(a, folder)]
        if not wanted:
            return
        reason = _attempt(wanted, artifacts, folder, java, report)
    wanted = [a for a in artifacts if not _is_here(a, folder)]
    if wanted:
        first = wanted[0]
        raise EcomError(
            f"{first.group}:{first.name}:{first.version} ({first.part}) and {len(wanted) - 1} more could not be "
            f"downloaded from Maven Central ({reason or 'no reason given'}); check the network, then run `make setup`."
        )


def _is_here(artifact: Artifact, folder: Path) -> bool:
    # Only verified files are moved here, by rename: size is enough.
    path = folder / artifact.part / artifact.filename
    return path.is_file() and path.stat().st_size == artifact.size


def _attempt(wanted: list[Artifact], total: list[Artifact], folder: Path, java: Path, report: Report) -> str:
    """One pass over `wanted`; returns Ivy's complaint, if any."""
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    running = [_start(shard, work / str(n), java) for n, shard in enumerate(_shards(wanted))]
    try:
        _watch(running, folder, total, report)
    finally:
        for process in running:
            process.kill()
            process.wait()
    for artifact in wanted:
        _take(artifact, work, folder)
    reason = _complaint(work)
    shutil.rmtree(work, ignore_errors=True)
    return reason


def _shards(wanted: list[Artifact]) -> list[list[Artifact]]:
    """The large ones first, each alone; the rest dealt out by size."""
    large = [[a] for a in wanted if a.size > LARGE]
    small = sorted((a for a in wanted if a.size <= LARGE), key=lambda a: -a.size)
    return large + [shard for shard in (small[n::SHARDS] for n in range(SHARDS)) if shard]


def _start(shard: list[Artifact], work: Path, java: Path) -> subprocess.Popen[bytes]:
    work.mkdir(parents=True)
    (work / "ivy.xml").write_text(_ivy_file(shard))
    ivy = next((pyspark_home() / "jars").glob("ivy-2*.jar"))
    # A short run starts faster without the second compiler; a long one needs it, for the decryption of TLS.
    quick = [] if shard[0].size > LARGE else ["-XX:TieredStopAtLevel=1"]
    command = [str(java), "-Xmx256m", *quick, "-jar", str(ivy), "-confs", "default"]
    command += ["-settings", str(PARTS / "ivysettings.xml"), "-ivy", str(work / "ivy.xml"), "-cache", str(work / "c")]
    with (work / "ivy.log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def _ivy_file(shard: list[Artifact]) -> str:
    lines = [_dependency(a) for a in shard]
    return (
        f'<ivy-module version="2.0" xmlns:m={quoteattr(CLASSIFIERS)}><info organisation="ecom" module="parts"/>'
        '<configurations><conf name="default"/></configurations><dependencies>\n'
        + "\n".join(lines)
        + "\n</dependencies></ivy-module>\n"
    )


def _dependency(a: Artifact) -> str:
    kind = f"name={quoteattr(a.name)} type={quoteattr(a.type)} ext={quoteattr(a.type)}"
    kind += f" m:classifier={quoteattr(a.classifier)}" if a.classifier else ""
    coordinates = f"org={quoteattr(a.group)} name={quoteattr(a.name)} rev={quoteattr(a.version)}"
    return f'<dependency {coordinates} conf="default->default" transitive="false"><artifact {kind}/></dependency>'


def _watch(running: list[subprocess.Popen[bytes]], folder: Path, total: list[Artifact], report: Report) -> None:
    last_bytes, last_change, last_report = -1, time.monotonic(), 0.0
    while any(process.poll() is None for process in running):
        files, size = _progress(folder)
        now = time.monotonic()
        if size != last_bytes:
            last_bytes, last_change = size, now
        if now - last_change > STALLED_S:
            return
        if now - last_report > REPORT_EVERY_S:
            last_report = now
            whole = sum(a.size for a in total)
            report(f"JVM parts: {files} of {len(total)} files, {size >> 20} of {whole >> 20} MB")
        time.sleep(0.5)


def _progress(folder: Path) -> tuple[int, int]:
    """Finished files, and bytes so far (a file under way counts)."""
    files = size = 0
    for root, _, names in os.walk(folder):
        for name in names:
            if name.endswith((".jar", ".tar.gz", ".part")):
                files += not name.endswith(".part")
                size += _size(os.path.join(root, name))
    return files, size


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:  # finished and renamed in this moment
        return 0


def _take(artifact: Artifact, work: Path, folder: Path) -> None:
    """Moves a fetched file into place when it is what the lock says."""
    pattern = f"*/c/{artifact.group}/{artifact.name}/{artifact.type}s/{artifact.filename}"
    found = next(iter(work.glob(pattern)), None)
    if found is None:
        return
    with found.open("rb") as data:
        actual = hashlib.file_digest(data, "sha256").hexdigest()
    if actual != artifact.sha256:
        raise EcomError(
            f"{artifact.group}:{artifact.name}:{artifact.version} came with SHA-256 {actual}, but "
            f"{PARTS.name}/parts.lock says {artifact.sha256}; nothing was installed."
        )
    (folder / artifact.part).mkdir(parents=True, exist_ok=True)
    os.replace(found, folder / artifact.part / artifact.filename)


def _complaint(work: Path) -> str:
    marks = ("ERROR", "WARN", "Exception")
    for log in sorted(work.glob("*/ivy.log")):
        for line in log.read_text(errors="replace").splitlines():
            text = line.strip(" \t:")
            if any(mark in line for mark in marks) and len(text) > 20:
                return text[:200]
    return ""
