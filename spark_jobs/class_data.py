"""Class data sharing: Spark's classes in the form in which a JVM maps them, kept by the first whole run for later ones.

A JVM reads and verifies its classes in each run's first seconds; from the archive a run of every job takes 10 of its 45
seconds less (2 cores). See https://docs.oracle.com/en/java/javase/25/vm/class-data-sharing.html.
"""

import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark import SparkContext
from pyspark import __version__ as spark_version

from ecom.base.jdk import find_jdk
from ecom.base.jvm import part_folder

log = logging.getLogger("spark_jobs")
DUMP_TIMEOUT_S = 120
PREFIX = "spark-classes-"


def options() -> list[str]:
    """For the JVM that is to start: use the archive, or be ready to make it. It ignores an archive that doesn't fit."""
    archive = _archive()
    return [f"-XX:SharedArchiveFile={archive}" if archive.is_file() else "-XX:+RecordDynamicDumpInfo"]


@contextmanager
def empty_conf_folder() -> Iterator[None]:
    """No archive is made of a class path with folders that hold files, as `pyspark/conf` does (for `spark-submit`)."""
    folder = Path(sys.prefix) / "spark-conf"
    if "SPARK_CONF_DIR" in os.environ or not os.access(sys.prefix, os.W_OK):
        yield
        return
    folder.mkdir(exist_ok=True)
    os.environ["SPARK_CONF_DIR"] = str(folder)
    try:
        yield
    finally:
        del os.environ["SPARK_CONF_DIR"]


def keep() -> None:
    """Make the archive from the classes that this process's JVM has loaded so far, if there is none. Takes 11 s."""
    archive, gateway = _archive(), SparkContext._gateway
    jcmd = find_jdk().home / "bin" / "jcmd"
    if archive.is_file() or gateway is None or not jcmd.is_file() or not os.access(sys.prefix, os.W_OK):
        return
    log.info("Spark: keeping its classes, for quicker starts (once, about 10 s) …")
    draft = archive.with_suffix(f".{os.getpid()}")
    try:
        message = _dump(str(jcmd), gateway.proc.pid, draft)
        if draft.is_file():
            os.replace(draft, archive)
        else:
            log.warning("Spark: its classes were not kept (%s); nothing else is affected.", message)
    finally:
        draft.unlink(missing_ok=True)
    for old in archive.parent.glob(f"{PREFIX}*.jsa"):
        if old != archive:
            old.unlink(missing_ok=True)


def _dump(jcmd: str, pid: int, draft: Path) -> str:
    command = [jcmd, str(pid), "VM.cds", "dynamic_dump", str(draft)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DUMP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return f"jcmd took over {DUMP_TIMEOUT_S} s"
    return " ".join((done.stdout + done.stderr).split())[-200:]


def _archive() -> Path:
    """In the Python environment, whose jars it is of; another JDK, pyspark or set of jars has another name."""
    release = (find_jdk().home / "release").read_bytes()
    identity = release + f"{spark_version} {part_folder('spark').name}".encode()
    return Path(sys.prefix) / f"{PREFIX}{hashlib.sha256(identity).hexdigest()[:12]}.jsa"
