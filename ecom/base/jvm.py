"""The JVM parts (Kafka, S3Proxy, Trino, Spark's extra jars) in the user's cache folder, each pinned by checksum.

A part lives in a folder named after the digest of its lock lines, and appears there whole, by one rename: a folder
that exists is complete, and checkouts with different locks do not disturb each other.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from ecom.base.errors import EcomError
from ecom.base.jdk import LATE_C2, Jdk, find_jdk
from ecom.base.jvm_download import Report, download
from ecom.base.jvm_lock import Artifact, pyspark_home, read_lock
from ecom.base.locks import locked

LOG4J = Path(__file__).resolve().parents[2] / "spark_jobs" / "log4j2.properties"
TRINO_PLUGINS = {
    "delta-lake",
    "hive",
    "password-authenticators",
    "resource-group-managers",
    "session-property-managers",
}


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache"
    return Path(base) / "ecom-platform" / "jvm-parts"


def part_folder(part: str) -> Path:
    """Where `part` is, or will be. Jars lie in it directly; Trino's own tree lies below it."""
    kept = sorted(TRINO_PLUGINS) if part == "trino" else []  # a folder with fewer plugins is another one
    lines = "\n".join([*sorted(a.sha256 for a in read_lock()[part]), *kept])
    return cache_folder() / f"{part}-{hashlib.sha256(lines.encode()).hexdigest()[:12]}"


def classpath(part: str) -> str:
    return f"{part_folder(part)}/*"


def missing_parts() -> list[str]:
    return [part for part in read_lock() if not part_folder(part).is_dir()]


def require_parts() -> None:
    """Raises EcomError when a part is not there."""
    missing = missing_parts()
    if missing:
        raise EcomError(f"The JVM parts {', '.join(missing)} are not in {cache_folder()}; run `make setup`.")


def ensure_parts(report: Report) -> None:
    """Downloads what is missing. Two at once are safe: the second waits, then finds everything done."""
    if not missing_parts():
        return
    with locked(cache_folder() / "lock", lambda: report("another process downloads the JVM parts; waiting for it")):
        missing = missing_parts()
        if missing:
            _install(missing, find_jdk(), report)


def _install(missing: list[str], jdk: Jdk, report: Report) -> None:
    incoming = cache_folder() / "incoming"  # kept when interrupted: the next run goes on from there
    lock = read_lock()
    _require_disk(sum(a.size for part in missing for a in lock[part]))
    download([a for part in missing for a in lock[part]], incoming, jdk.java, report)
    for part in missing:
        if part == "trino":
            _unpack_trino(incoming / part, lock[part][0], report)
        os.replace(incoming / part, part_folder(part))
    shutil.rmtree(incoming, ignore_errors=True)
    report(f"JVM parts are ready in {cache_folder()}")


def _require_disk(download_bytes: int) -> None:
    needed = download_bytes * 3  # the archive, its contents, and room to spare
    free = shutil.disk_usage(cache_folder()).free
    if free < needed:
        raise EcomError(
            f"The JVM parts need {needed // 2**20} MB in {cache_folder()}, and {free // 2**20} MB are free; "
            "make room, or point XDG_CACHE_HOME at another disk."
        )


def _unpack_trino(folder: Path, archive: Artifact, report: Report) -> None:
    """Replaces the archive in `folder` by its contents, with the few plugins that are used (600 MB less)."""
    report("unpacking Trino")
    tree = folder / "tree"
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    done = subprocess.run(
        ["tar", "-xzf", str(folder / archive.filename), "-C", str(tree), "--strip-components=1"],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or ["tar failed"]
        raise EcomError(f"Trino's archive could not be unpacked in {tree}: {why[0]}.")
    for plugin in (tree / "plugin").iterdir():
        if plugin.name not in TRINO_PLUGINS:
            shutil.rmtree(plugin)
    for entry in tree.iterdir():
        os.replace(entry, folder / entry.name)
    tree.rmdir()
    (folder / archive.filename).unlink()


def write_spark_defaults() -> None:
    """Lets a plain `spark-submit` of this Python find our jars, the JDK, and stay on the loopback interface."""
    conf = pyspark_home() / "conf"
    conf.mkdir(exist_ok=True)
    jars = classpath("spark")
    (conf / "spark-defaults.conf").write_text(
        f"spark.driver.extraClassPath {jars}\n"
        f"spark.executor.extraClassPath {jars}\n"
        "spark.driver.bindAddress 127.0.0.1\n"
        "spark.driver.host 127.0.0.1\n"
        "spark.driver.memory 2g\n"
        f"spark.driver.extraJavaOptions -Duser.timezone=UTC {' '.join(LATE_C2)} -Dlog4j2.configurationFile={LOG4J}\n"
    )
    (conf / "spark-env.sh").write_text(
        f'export JAVA_HOME="{find_jdk().home}"\nexport SPARK_LOCAL_IP="${{SPARK_LOCAL_IP:-127.0.0.1}}"\n'
    )
