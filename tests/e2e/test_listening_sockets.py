"""Every port that we open is on the loopback address."""

import os

import psutil
import pytest
from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from ecom.stack.control import status
from tests.sockets import ON_LOOPBACK, family, listening


def ours(stack: Settings) -> list[psutil.Process]:
    """The services' processes and everything below this one (Spark's JVM)."""
    return family(*(s.pid for s in status(stack) if s.pid), os.getpid())


def test_every_listening_socket_is_on_loopback(stack: Settings, spark: SparkSession) -> None:
    found = listening(ours(stack))
    wanted = {stack.port(name) for name in ("kafka", "kafka-controller", "s3", "trino")}
    assert wanted <= {port for _, _, port in found}
    assert {socket for socket in found if socket[1] not in ON_LOOPBACK} == set()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_secrets_are_for_their_owner_only_and_in_no_log(stack: Settings) -> None:
    key, secret = stack.s3_credentials() or ("", "")
    assert key and secret
    assert (stack.ecom_home / "secrets.env").stat().st_mode & 0o777 == 0o600
    # S3Proxy takes its key from its configuration file only.
    kept = {stack.ecom_home / "secrets.env", stack.ecom_home / "etc" / "s3proxy" / "s3proxy.conf"}
    for path in stack.ecom_home.rglob("*"):
        if path.is_file() and any(one.encode() in path.read_bytes() for one in (key, secret)):
            assert path in kept, path
            assert path.stat().st_mode & 0o777 == 0o600, path
    for process in ours(stack):
        words = " ".join(process.cmdline()) if process.is_running() else ""
        assert key not in words and secret not in words, process.name()
