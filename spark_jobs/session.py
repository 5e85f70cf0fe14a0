"""The Spark session that every job runs in: UTC, Delta on S3, on this machine's loopback or on a cluster."""

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from py4j.protocol import Py4JError
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession

from ecom.base.errors import EcomError
from ecom.base.jdk import LATE_C2, find_jdk
from ecom.base.jvm import classpath, part_folder, require_parts
from ecom.base.layout import Layout
from ecom.base.settings import LOOPBACK, ROOT, Settings
from ecom.stack.logs import TELLING, size, telling_line
from spark_jobs import class_data

LOG_BYTES = 5_000_000
REAPED_WITHIN_S = 2.0
_log_of_jvm: tuple[Path, int] | None = None  # the log of this process's JVM, and where in it that JVM began
LOOPBACK_ONLY = {"spark.driver.bindAddress": LOOPBACK, "spark.driver.host": LOOPBACK}
LOG4J = Path(__file__).with_name("log4j2.properties")
DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # The default of 50 doubles the time of every commit on a small machine.
    "spark.databricks.delta.snapshotPartitions": "2",
    # VACUUM lists folders in as many tasks as this; the default is 10,000.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "16",
    # Without it a VACUUM leaves no trace in the history, and Gold could not know that a change feed lost its files.
    "spark.databricks.delta.vacuum.logging.enabled": "true",
    "spark.databricks.delta.schema.autoMerge.enabled": "false",
    # OPTIMIZE leaves files of this size alone: by the default of 1 GB it would write most of a table again each night.
    "spark.databricks.delta.optimize.minFileSize": str(64 * 2**20),
    "spark.databricks.delta.optimize.maxFileSize": str(128 * 2**20),
}
STREAMS = {
    "spark.sql.streaming.stateStore.providerClass": (
        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
    ),
    "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled": "true",
    "spark.sql.streaming.metricsEnabled": "false",
    "spark.sql.streaming.numRecentProgressUpdates": "20",
}
# Noting where in Python each expression was written takes three calls to the JVM in place of one.
QUICK = {"spark.python.sql.dataFrameDebugging.enabled": "false"}
FAIR = {"spark.scheduler.mode": "FAIR"}  # a stream with much to do leaves its share to the others
# Files of JSON messages get much smaller than by the default, snappy.
SMALL = {"spark.sql.parquet.compression.codec": "zstd"}
STRICT = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
}


def build_session(settings: Settings, name: str, inherited: tuple[int, ...] = ()) -> SparkSession:
    """A session for `settings.spark_master`. Where `spark-submit` has started the JVM for a cluster, jars, memory and
    addresses are what it was given. A JVM that this starts inherits the descriptors `inherited`: so it holds a lock for
    as long as it may write."""
    layout = Layout(settings.ecom_home)
    layout.create()
    conf = (
        DELTA
        | STREAMS
        | STRICT
        | QUICK
        | SMALL
        | FAIR
        | _s3(settings)
        | {"spark.app.name": name, "spark.sql.shuffle.partitions": str(settings.spark_shuffle_partitions)}
    )
    is_local, is_ours = settings.spark_master.startswith("local"), "PYSPARK_GATEWAY_PORT" not in os.environ
    if is_local:
        conf |= _driver(settings) | LOOPBACK_ONLY | {"spark.locality.wait": "0"}
    elif is_ours:
        conf |= _driver(settings) | _executors(settings)
    if is_local or _is_on_loopback(settings.spark_master):
        os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    if is_ours:
        conf["spark.master"] = settings.spark_master
        _start_jvm(conf, layout, inherited)
    builder = SparkSession.builder
    for key, value in conf.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel(os.environ.get("SPARK_LOG_LEVEL", "ERROR"))
    _give_credentials(session, settings)
    if not is_local:
        session.sparkContext.addPyFile(str(_judge_package(layout)))
    return session


def _start_jvm(conf: dict[str, str], layout: Layout, inherited: tuple[int, ...]) -> None:
    """Spark's JVM, what it prints into a log: an interrupt alone is worth two thousand lines to it."""
    if SparkContext._gateway is not None:
        return  # it runs already
    global _log_of_jvm
    log = layout.log("spark")
    log.touch(mode=0o600)
    too_long = log.stat().st_size > LOG_BYTES
    _log_of_jvm = log, 0 if too_long else size(log)
    spark_conf = SparkConf(loadDefaults=False).setAll(list(conf.items()))
    with log.open("wb" if too_long else "ab") as printed, class_data.empty_conf_folder():
        kept = {"stdout": printed, "stderr": printed, "pass_fds": inherited}
        gateway = launch_gateway(spark_conf, kept)  # type: ignore[no-untyped-call]
    SparkContext(gateway=gateway, conf=spark_conf)


def jvm_ended(error: BaseException) -> EcomError | None:
    """The sentence for an error that came about because Spark's JVM is no more; None: it lives, or never did."""
    jvm: subprocess.Popen[bytes] | None = getattr(SparkContext._gateway, "proc", None)
    if jvm is None or not any(isinstance(one, ConnectionError | Py4JError) for one in _chain(error)):
        return None
    try:
        code = jvm.wait(REAPED_WITHIN_S)
    except subprocess.TimeoutExpired:
        return None
    said = telling_line(*_log_of_jvm) if _log_of_jvm else ""
    is_telling = any(word in said for word in TELLING)  # what else a JVM prints explains no end
    last = f"; its log {_log_of_jvm[0]} says: {said.rstrip('.')}" if _log_of_jvm and is_telling else ""
    again = "run again: what was committed stays, and the rest is done then"
    return EcomError(f"Spark's JVM (pid {jvm.pid}) {how_it_ended(code)}{last}; {again}.")


def how_it_ended(code: int) -> str:
    """A process's end in words, by the code that `subprocess` gives."""
    if code == -signal.SIGKILL:
        return "was killed, by somebody or because the machine was out of memory"
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _judge_package(layout: Layout) -> Path:
    """What the executors' Python needs of ours: they judge by it. pyarrow and google-re2 they have to have."""
    package = layout.run / "ecom-judge.zip"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted([*(ROOT / "ecom").rglob("*.py"), *(ROOT / "spark_jobs").rglob("*.py")]):
            out.write(path, path.relative_to(ROOT))
    return package


def _driver(settings: Settings) -> dict[str, str]:
    """What the driver needs whose JVM we start; it finds its jars in the user's cache."""
    scratch = settings.ecom_home / "spark"
    scratch.mkdir(exist_ok=True)
    require_parts()
    os.environ["JAVA_HOME"] = str(find_jdk().home)
    options = [
        "-Duser.timezone=UTC",
        "-XX:+UseParallelGC",
        *LATE_C2,
        *class_data.options(),
        f"-Dlog4j2.configurationFile={LOG4J}",
    ]
    return {
        "spark.driver.memory": settings.spark_driver_memory,
        "spark.driver.extraClassPath": classpath("spark"),
        "spark.driver.extraJavaOptions": " ".join(options),
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }


def _executors(settings: Settings) -> dict[str, str]:
    """What executors on other machines need: they fetch our jars from the driver, and keep time in UTC.

    A setting beyond these goes into the `spark-defaults.conf` of the folder that SPARK_CONF_DIR names.
    """
    conf = {
        "spark.jars": ",".join(str(jar) for jar in sorted(part_folder("spark").glob("*.jar"))),
        "spark.executor.memory": settings.spark_executor_memory,
        "spark.executor.cores": str(settings.spark_executor_cores),
        # Spark puts it before `spark.executor.extraJavaOptions`, which stay the cluster's own.
        "spark.executor.defaultJavaOptions": " ".join(["-Duser.timezone=UTC", *LATE_C2]),
    }
    return conf | LOOPBACK_ONLY if _is_on_loopback(settings.spark_master) else conf


def _is_on_loopback(master: str) -> bool:
    """True for a standalone cluster on this machine: then the driver too is to be reached on loopback only."""
    parts = urlsplit(master)
    return parts.scheme == "spark" and parts.hostname in (LOOPBACK, "localhost")


def _s3(settings: Settings) -> dict[str, str]:
    conf = {
        "spark.hadoop.fs.s3a.path.style.access": str(settings.s3_endpoint is not None).lower(),
        "spark.hadoop.fs.s3a.endpoint.region": settings.aws_region,
        "spark.hadoop.fs.s3a.bucket.probe": "0",
        "spark.hadoop.fs.s3a.attempts.maximum": "3",
        "spark.hadoop.fs.s3a.retry.limit": "3",
        "spark.hadoop.fs.s3a.connection.establish.timeout": "5s",
        "spark.hadoop.fs.s3a.connection.timeout": "60s",
        "spark.hadoop.fs.s3a.change.detection.mode": "none",
        "spark.hadoop.fs.s3a.committer.name": "directory",
    }
    if settings.s3_endpoint:
        conf["spark.hadoop.fs.s3a.endpoint"] = settings.s3_endpoint
    return conf


def _give_credentials(session: SparkSession, settings: Settings) -> None:
    """Into the running context: as a `--conf`, the secret would stand in the process list. Executors get it from there,
    with the Hadoop configuration that each query's tasks carry."""
    credentials = settings.s3_credentials()
    if credentials:
        hadoop = session.sparkContext._jsc.hadoopConfiguration()
        hadoop.set("fs.s3a.access.key", credentials[0])
        hadoop.set("fs.s3a.secret.key", credentials[1])
