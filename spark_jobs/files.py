"""Small files of the lake, read through Hadoop's file system: the logs of tables and of checkpoints."""

from typing import Any

from pyspark.sql import SparkSession


def exists(spark: SparkSession, file: str) -> bool:
    files, path = _file_system(spark, file)
    return bool(files.exists(path))


def newest_number(spark: SparkSession, folder: str) -> int:
    """The greatest number that a file of the folder is named after; -1 when there is none."""
    files, path = _file_system(spark, folder)
    if not files.exists(path):
        return -1
    names = [status.getPath().getName() for status in files.listStatus(path)]
    return max((int(name) for name in names if name.isdigit()), default=-1)


def read_text(spark: SparkSession, file: str) -> str:
    """Empty when the file is not there."""
    files, path = _file_system(spark, file)
    if not files.exists(path):
        return ""
    stream = files.open(path)
    try:
        return bytes(stream.readAllBytes()).decode()
    finally:
        stream.close()


def delete(spark: SparkSession, folder: str) -> None:
    files, path = _file_system(spark, folder)
    files.delete(path, True)


def _file_system(spark: SparkSession, path: str) -> tuple[Any, Any]:
    jvm: Any = spark._jvm
    hadoop_path = jvm.org.apache.hadoop.fs.Path(path)
    return hadoop_path.getFileSystem(spark._jsparkSession.sessionState().newHadoopConf()), hadoop_path
