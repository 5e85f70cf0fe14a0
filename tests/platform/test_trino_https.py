"""A local Trino over HTTPS with passwords, beside the tests' Kafka and S3: what gets in, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from ecom.base.errors import EcomError
from ecom.base.secrets import local_secrets
from ecom.base.settings import LOOPBACK, Settings, load_settings
from ecom.lake.trino import query
from ecom.stack import https
from ecom.stack.control import down, status, up
from tests.conftest import free_port_base
from tests.lake import ecom

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def secured(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A Trino of its own; its lake is a folder of the tests' bucket."""
    key, secret = stack.s3_credentials() or ("", "")
    elsewhere = {
        "KAFKA_BOOTSTRAP": stack.bootstrap,
        "AWS_ENDPOINT_URL_S3": str(stack.s3_endpoint),
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "LAKEHOUSE_URI": "s3://lake/secured",
    }
    home = tmp_path_factory.mktemp("secured")
    ours = {"ECOM_HOME": str(home), "ECOM_PORT_BASE": str(free_port_base()), "TRINO_HTTPS": "true"}
    settings = load_settings(elsewhere | ours, Path("/dev/null"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (elsewhere | ours).items():
            patch.setenv(name, value)
        try:
            up(settings, print)
            yield settings
        finally:
            down(settings, print)


def test_ecom_and_dbt_work_over_it(secured: Settings) -> None:
    (trino,) = [s for s in status(secured) if s.name == "trino"]
    assert (trino.state, trino.endpoint) == ("running", f"https://127.0.0.1:{secured.port('trino')}")
    assert query(secured, "select current_user").scalar() == "dbt"
    built = ecom(secured, "run", "gold")
    assert built.returncode == 0, built.stderr
    assert query(secured, "select count(*) from gold.fct_sales_minute").scalar() == 0
    report = ecom(secured, "doctor", "--json")
    assert f"works at {trino.endpoint}" in report.stdout, report.stdout


def test_each_user_has_a_password_of_its_own(secured: Settings) -> None:
    for user in ("dashboard", "operator"):
        reader = secured.model_copy(update={"trino_user": user})
        assert query(reader, "select current_user").scalar() == user
    passwords = [v for k, v in local_secrets(secured.ecom_home).items() if k.startswith("TRINO_PASSWORD_")]
    assert len(set(passwords)) == 3


def test_the_page_asks_as_its_own_user_over_it(secured: Settings) -> None:
    ours = {"trino_user": secured.dashboard_trino_user, "trino_password": secured.dashboard_trino_password}
    assert query(secured.model_copy(update=ours), "select current_user").scalar() == "operator"


def test_the_official_command_line_works_over_it(secured: Settings) -> None:
    done = ecom(secured, "trino", "--execute", "select current_user", environment={"TRINO_USER": "dashboard"})
    assert (done.returncode, done.stdout) == (0, '"dashboard"\n'), done.stderr


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"TRINO_PASSWORD": "not-the-password"}, "refuses user dbt with this password"),
        ({"TRINO_USER": "admin"}, "asks for a password"),
        ({"TRINO_CA_CERT": "{other}"}, "certificate that is not trusted"),
        ({"TRINO_HTTPS": "false"}, "TRINO_HTTPS"),
    ],
)
def test_what_is_not_let_in_gets_one_sentence(
    environment: dict[str, str], says: str, secured: Settings, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_text(https.self_signed()[1])
    given = {name: value.format(other=other) for name, value in environment.items()}
    done = ecom(secured, "sql", "select 1", environment=given)
    assert done.returncode in (2, 3) and says in done.stderr, done.stderr
    assert done.stderr.count("\n") == 1


def test_dbt_refuses_a_certificate_that_it_does_not_trust(secured: Settings, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text(https.self_signed()[1])
    done = ecom(secured, "run", "gold", environment={"TRINO_CA_CERT": str(other)})
    assert done.returncode == 3 and "certificate" in done.stderr, done.stderr


def test_an_https_client_is_told_that_a_plain_trino_is_plain(stack: Settings) -> None:
    host, port = stack.trino_address
    with pytest.raises(EcomError, match="does not speak HTTPS"):
        query(Settings(trino_host=host, trino_port=port, trino_https=True), "select 1")


def test_nothing_of_it_listens_in_plain_text_or_beyond_loopback(secured: Settings) -> None:
    (trino,) = [s for s in status(secured) if s.name == "trino"]
    processes = [psutil.Process(trino.pid), *psutil.Process(trino.pid).children(True)]
    listening = [c.laddr for p in processes for c in p.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {address.port for address in listening} == {secured.port("trino")}
    assert {address.ip for address in listening} <= {LOOPBACK, f"::ffff:{LOOPBACK}"}
    with pytest.raises(requests.RequestException):
        requests.get(f"http://{LOOPBACK}:{secured.port('trino')}/v1/info", timeout=10).raise_for_status()
