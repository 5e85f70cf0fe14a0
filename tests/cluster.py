"""A Spark standalone cluster, a Trino coordinator with its worker, and a Hive metastore: processes of this machine, on
loopback only."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from ecom.base.jdk import find_jdk
from ecom.base.jvm import classpath, part_folder
from ecom.base.jvm_lock import pyspark_home
from ecom.base.layout import Layout
from ecom.base.settings import LOOPBACK, ROOT, Settings
from ecom.lake.trino import query
from ecom.stack.logs import telling_line
from ecom.stack.render import secret_environment

READY_WITHIN_S = 120.0
QUICK_START = "-XX:TieredStopAtLevel=1"  # for what has little to do


@dataclass(frozen=True)
class Node:
    """A process of the cluster and what it printed."""

    name: str
    process: psutil.Popen
    log: Path

    def wait_for(self, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not is_ready():
            assert self.process.poll() is None, f"{self.name} ended; its log says: {telling_line(self.log)}"
            assert time.monotonic() < deadline, f"{self.name} is not ready; its log says: {telling_line(self.log)}"
            time.sleep(0.2)

    def wait_until_it_says(self, text: str) -> None:
        self.wait_for(lambda: text in self.log.read_text(errors="replace"))


@dataclass(frozen=True)
class SparkCluster:
    """`folders`: where each worker keeps its executors' logs, as `app-…/EXECUTOR/stderr`."""

    master: str
    nodes: list[Node]
    folders: list[Path]

    def finished_tasks(self) -> list[int]:
        """How many tasks ended well on each worker's executors."""
        return [
            sum(len(re.findall(r"Finished task ", log.read_text(errors="replace"))) for log in folder.rglob("stderr"))
            for folder in self.folders
        ]

    def logs(self) -> list[Path]:
        """Of the master and the workers (which print the command line of each executor) and of the executors."""
        return [node.log for node in self.nodes] + [log for folder in self.folders for log in folder.rglob("std*")]


@contextmanager
def spark_cluster(home: Path, memory: str) -> Iterator[SparkCluster]:
    """A master and two workers, each with one core and `memory` for executors."""
    master = f"spark://{LOOPBACK}:{_free_port()}"
    spark_class = str(pyspark_home() / "bin" / "spark-class")
    place = ["--host", LOOPBACK, "--webui-port", "0"]
    small = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": QUICK_START}
    environment = {"SPARK_HOME": str(pyspark_home()), "SPARK_LOCAL_IP": LOOPBACK} | small

    def start(name: str, *arguments: str) -> Node:
        return ended.enter_context(_node(home, name, [spark_class, *arguments], environment))

    with ExitStack() as ended:
        port = master.rpartition(":")[2]
        nodes = [start("spark-master", "org.apache.spark.deploy.master.Master", *place, "--port", port)]
        nodes[0].wait_until_it_says("New state: ALIVE")
        folders = [home / f"work-{number}" for number in (1, 2)]
        for folder in folders:
            size = ["--cores", "1", "--memory", memory, "--work-dir", str(folder), "--port", "0"]
            nodes.append(start(folder.name, "org.apache.spark.deploy.worker.Worker", *place, *size, master))
        for node in nodes[1:]:
            node.wait_until_it_says("Successfully registered with master")
        yield SparkCluster(master, nodes, folders)


@contextmanager
def hive_metastore(home: Path, stack: Settings) -> Iterator[str]:
    """Hive's own, from Spark's jars, its tables in Derby below `home`; its URI."""
    port, folder = _free_port(), ROOT / "trino" / "hive-metastore"
    jars = f"{folder}:{pyspark_home()}/jars/*:{classpath('spark')}"
    command = [
        str(find_jdk().java),
        "-Xmx256m",
        QUICK_START,
        "-Duser.timezone=UTC",
        "-cp",
        jars,
        str(folder / "Metastore.java"),
    ]
    environment = secret_environment(stack) | {
        "METASTORE_DATABASE": str(home / "metastore"),
        "LAKEHOUSE_URI": stack.lakehouse_uri,
        "S3_PATH_STYLE": "true",
    }
    with _node(home, "hive-metastore", [*command, LOOPBACK, str(port)], environment) as node:
        node.wait_until_it_says("listening on")
        yield f"thrift://{LOOPBACK}:{port}"


@contextmanager
def trino_cluster(home: Path, stack: Settings, metastore: str) -> Iterator[Settings]:
    """A coordinator that plans only, and a worker, from the stack's own rendered files but for the metastore; the
    settings that use them."""
    etc = home / "etc"
    shutil.copytree(Layout(stack.ecom_home).etc / "trino" / "etc", etc)
    use_thrift(etc / "catalog" / "delta.properties", metastore)
    port, environment = _free_port(), secret_environment(stack)
    settings = stack.model_copy(update={"trino_host": LOOPBACK, "trino_port": port})

    def start(name: str, config: str, changed: Mapping[str, object]) -> Node:
        there = {"discovery.uri": f"http://{LOOPBACK}:{port}"}
        command = _launcher(home / name, etc, config, there | dict(changed))
        return ended.enter_context(_node(home, name, command, environment))

    with ExitStack() as ended:
        plans_only = {"http-server.http.port": port, "node-scheduler.include-coordinator": "false"}
        coordinator = start("coordinator", "config.properties", plans_only)
        start("worker", "worker.config.properties", {"http-server.http.port": _free_port()})
        coordinator.wait_for(lambda: _active_nodes(settings) == 2)
        yield settings


def use_thrift(catalog: Path, uri: str) -> None:
    """The change that docs/scaling.md describes: two lines of the catalog."""
    thrift = f"hive.metastore=thrift\nhive.metastore.uri={uri}"
    text, changed = re.subn(r"hive.metastore=file\nhive.metastore.catalog.dir=.*", thrift, catalog.read_text())
    assert changed == 1, f"{catalog} has no file metastore"
    catalog.write_text(text)


def _launcher(data: Path, etc: Path, config: str, changed: Mapping[str, object]) -> list[str]:
    """The node is named as its data folder. What `-D` changes wins over `config`, not over the node's file."""
    data.mkdir()
    node = data / "node.properties"
    text = re.sub("node.id=.*", f"node.id={data.name}", (etc / "node.properties").read_text())
    node.write_text(re.sub("node.data-dir=.*", f"node.data-dir={data}", text))
    words = [str(part_folder("trino") / "bin" / "launcher"), "-etc-dir", str(etc), "-data-dir", str(data)]
    words += ["-config", str(etc / config), "-node-config", str(node), "-jvm-dir", str(find_jdk().home)]
    return words + [word for key, value in changed.items() for word in ("-D", f"{key}={value}")] + ["run"]


def _active_nodes(settings: Settings) -> int:
    from ecom.base.errors import EcomError

    try:
        return len(query(settings, "select 1 from system.runtime.nodes where state = 'active'").rows)
    except EcomError:
        return 0


@contextmanager
def _node(home: Path, name: str, command: list[str], environment: Mapping[str, str]) -> Iterator[Node]:
    passed = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR", "USER")}
    log = home / f"{name}.log"
    with log.open("wb") as printed:
        process = psutil.Popen(
            command,
            env=passed | {"TZ": "UTC", "JAVA_HOME": str(find_jdk().home)} | dict(environment),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Node(name, process, log)
    finally:
        below = process.children(recursive=True) if process.is_running() else []
        for one in (process, *below):
            _end(one)


def _end(process: psutil.Process) -> None:
    try:
        process.terminate()
        process.wait(20)
    except psutil.TimeoutExpired:
        process.kill()
    except psutil.NoSuchProcess:
        return


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((LOOPBACK, 0))
        return int(one.getsockname()[1])
