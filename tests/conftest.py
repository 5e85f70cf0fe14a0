"""One real stack and one Spark session for the whole test run, in a state folder, with secrets and ports of its own."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from ecom.base.settings import PORTS, ROOT, Settings, load_settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from tests.fake_metabase import FakeMetabase

OURS = (
    "ECOM_",
    "KAFKA_",
    "TOPIC_",
    "LAKEHOUSE_",
    "AWS_",
    "TRINO_",
    "SPARK_",
    "DBT_",
    "BRONZE_",
    "LAG_",
    "MAINTENANCE_",
    "SILVER_",
    "GOLD_",
    "ALERT_",
    "AIRFLOW_",
    "METABASE_",
    "DASHBOARD_",
)
LIVE_METABASE = {name: value for name, value in os.environ.items() if name.startswith("METABASE_")}
KEPT = ("ECOM_OLIST_DIR", "ECOM_TEST_HALF")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--nightly", action="store_true", help="also the long sweeps, of which CI runs a short form")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long sweeps are left out, not skipped: their short form runs each time."""
    if config.getoption("--nightly"):
        return
    long = [item for item in items if item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


def pytest_configure() -> None:
    """The user's settings are not the tests': neither the environment's nor `.env`'s."""
    os.environ.setdefault("ECOM_OLIST_DIR", str(ROOT.parent / "shared" / "data" / "olist"))
    for name in list(os.environ):
        if name.startswith(OURS) and name not in KEPT and not name.startswith("AWS_CA"):
            del os.environ[name]
    os.environ["ECOM_ENV_FILE"] = os.devnull
    signal.signal(signal.SIGTERM, _stop)


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt  # so that pytest runs the fixtures' endings, and the stack is stopped


def free_port_base() -> int:
    """A base whose ports are all free now; the two halves of `make test` look in places of their own."""
    first = 31000 + 14000 * int(os.environ.get("ECOM_TEST_HALF", "0"))
    for base in range(first, first + 14000, 50):
        sockets = [socket.socket() for _ in PORTS]
        try:
            for (_, offset), one in zip(PORTS.values(), sockets, strict=True):
                one.bind(("127.0.0.1", base + offset))
            return base
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError("no block of free ports")


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """The test run's ECOM_HOME; everything that the run writes is below it."""
    folder = Path(tempfile.mkdtemp(prefix="ecom-test-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def own_settings(home: Path) -> Settings:
    """The run's own folder and ports, also for the commands that tests start."""
    os.environ["ECOM_HOME"], os.environ["ECOM_PORT_BASE"] = str(home), str(free_port_base())
    return load_settings()


@pytest.fixture(scope="session")
def stack(own_settings: Settings) -> Iterator[Settings]:
    """Kafka, S3 and Trino, really running; stopped at the end, also when the run is interrupted."""
    from ecom.stack.control import down, up

    try:
        up(own_settings, lambda line: print(line, flush=True))
        yield own_settings
    finally:
        down(own_settings, print)


@pytest.fixture
def polled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Metabase's tables are looked for without the pause that a real one needs."""
    monkeypatch.setattr("ecom.metabase.database.POLL_S", 0.01)


@pytest.fixture
def fake(polled_at_once: None) -> Iterator["FakeMetabase"]:
    """The stand-in for Metabase (tests/fake_metabase), not set up yet."""
    from tests.fake_metabase import running

    with running() as fake:
        yield fake


@pytest.fixture(scope="session")
def spark(own_settings: Settings) -> Iterator["SparkSession"]:
    """One session for every test; it reaches the lake of `stack` when a test takes that too."""
    from spark_jobs.session import build_session

    session = build_session(own_settings, "tests")
    yield session
    session.stop()


@pytest.fixture
def lake(stack: Settings) -> Settings:
    """The stack with an empty lake and topics of this test's own."""
    from tests.lake import fresh

    return fresh(stack)


@pytest.fixture(scope="module")
def module_lake(stack: Settings) -> Settings:
    """As `lake`, shared by the tests of a module, which look at what one long run left."""
    from tests.lake import fresh

    return fresh(stack)
