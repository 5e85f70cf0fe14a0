"""Where a setting comes from, and which ones are refused."""

import re
from pathlib import Path

import pytest

from ecom.base.errors import EcomError, ExitCode
from ecom.base.setting_names import BESIDE
from ecom.base.settings import ROOT, Settings, load_settings


def files(tmp_path: Path, dotenv: str = "", stack_env: str = "") -> tuple[dict[str, str], Path]:
    """An environment whose ECOM_HOME has a stack.env, and a `.env` beside it."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "stack.env").write_text(stack_env)
    (tmp_path / ".env").write_text(dotenv)
    return {"ECOM_HOME": str(tmp_path / "home")}, tmp_path / ".env"


def test_the_environment_wins_over_dotenv_which_wins_over_the_running_stack(tmp_path: Path) -> None:
    environ, dotenv = files(tmp_path, "ECOM_PORT_BASE=22000\nTRINO_USER=dot", "ECOM_PORT_BASE=21000\nTRINO_USER=stack")
    assert load_settings(environ | {"ECOM_PORT_BASE": "23000"}, dotenv).port("kafka") == 23001
    assert load_settings(environ, dotenv).port("kafka") == 22001
    assert load_settings(environ, dotenv).trino_user == "dot"


def test_a_second_shell_finds_the_running_stack_s_ports(tmp_path: Path) -> None:
    environ, dotenv = files(tmp_path, stack_env="ECOM_PORT_BASE=21000")
    assert load_settings(environ, dotenv).bootstrap == "127.0.0.1:21001"


def test_nothing_set_means_a_local_stack_on_the_well_known_ports(tmp_path: Path) -> None:
    settings = load_settings(*files(tmp_path))
    assert (settings.bootstrap, settings.s3_endpoint) == ("127.0.0.1:9092", "http://127.0.0.1:9000")
    assert settings.trino_address == ("127.0.0.1", 8080)
    assert settings.kafka_is_local and settings.s3_is_local and settings.trino_is_local


def test_the_example_file_copied_as_it_is_changes_nothing(tmp_path: Path) -> None:
    environ, _ = files(tmp_path)
    assert load_settings(environ, ROOT / ".env.example") == load_settings(environ, tmp_path / "none")


def test_the_example_file_names_every_setting() -> None:
    from ecom.base.settings import Settings

    text = (ROOT / ".env.example").read_text()
    names = {name.upper() for name in Settings.model_fields if name != "topics"} | {"TOPIC_<DATASET>"}
    assert [name for name in sorted(names) if f"# {name}=" not in text] == []


def test_a_topic_is_set_by_its_datasets_name_or_the_older_one(tmp_path: Path) -> None:
    environ, dotenv = files(tmp_path)
    found = load_settings(environ | {"TOPIC_COUPONS": "c.v2", "TOPIC_ORDER_EVENTS": "o.v2"}, dotenv)
    assert found.topics == {"coupons": "c.v2", "orders": "o.v2"}
    again = load_settings(environ | {k: v for k, v in found.as_environment().items() if k.startswith("TOPIC")}, dotenv)
    assert again.topics == found.topics


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_SECRET_ACCESS_KEY", "changeme"),
        ("AWS_ACCESS_KEY_ID", "<your key>"),
        ("AWS_SECRET_ACCESS_KEY", "your-secret-here"),
        ("ECOM_PORT_BASE", "80"),
        ("ECOM_PORT_BASE", "many"),
        ("LAKEHOUSE_URI", "file:///data"),
        ("TRINO_PORT", "70000"),
        ("MAINTENANCE_RETENTION_HOURS", "167"),
        ("TRINO_HTTPS", "perhaps"),
        ("TRINO_PASSWORD", "hush-hush"),  # without HTTPS
        ("TRINO_CA_CERT", "not/there.pem"),
        ("SILVER_SCHEDULE", "often"),
        ("SILVER_SCHEDULE", "61 * * * *"),
        ("SPARK_MASTER", "spork://127.0.0.1:7077"),
        ("ALERT_EMAIL_TO", "finance@example.com, nobody"),
        ("ALERT_SMTP_URL", "smtp://u:p@127.0.0.1:99999"),
        ("ALERT_SLACK_WEBHOOK_URL", "ftp://hooks"),
        ("AIRFLOW_PUBLIC_URL", "airflow.internal"),
        ("DASHBOARD_PUBLIC_URL", "page.internal"),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    environ, dotenv = files(tmp_path)
    with pytest.raises(EcomError, match=name) as caught:
        load_settings(environ | {name: value}, dotenv)
    assert caught.value.code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ECOM_PORTBASE", "ECOM_PORT_BASE"),
        ("LAKEHOUSE_URL", "LAKEHOUSE_URI"),
        ("BRONZE_TRIGER_SECONDS", "BRONZE_TRIGGER_SECONDS"),
        ("ALERT_MAIL_TO", "ALERT_EMAIL_TO"),
    ],
)
def test_a_misspelt_setting_is_refused_with_the_nearest_name(tmp_path: Path, name: str, meant: str) -> None:
    environ, dotenv = files(tmp_path)
    with pytest.raises(EcomError, match=f"{name} .*environment.*did you mean {meant}") as caught:
        load_settings(environ | {name: "x"}, dotenv)
    assert caught.value.code == ExitCode.USAGE
    dotenv.write_text(f"{name}=x\n")
    with pytest.raises(EcomError, match=f"{name} .*{dotenv}.*did you mean {meant}"):
        load_settings(environ, dotenv)


def test_a_name_that_is_like_no_setting_is_refused_where_it_is_ours(tmp_path: Path) -> None:
    environ, dotenv = files(tmp_path)
    with pytest.raises(EcomError, match="ECOM_COLOUR"):
        load_settings(environ | {"ECOM_COLOUR": "blue"}, dotenv)
    dotenv.write_text("GOLD_PRICE=5\n")
    with pytest.raises(EcomError, match="GOLD_PRICE"):
        load_settings(environ, dotenv)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ECOM_TEST_HALF", "1"),
        ("ECOM_OLIST_DIR", "/data"),
        ("ECOM_FAIL_POINT", "silver"),
        ("GOLD_PRICE", "5"),  # another program's
        ("DASHBOARD_SERVICE_HOST", "10.0.0.1"),  # Kubernetes names its services so
        ("TRINO_PORTS", "8080"),
        ("ECOM_PORTBASE", ""),
    ],
)
def test_a_variable_that_is_no_misspelt_setting_is_left_alone(tmp_path: Path, name: str, value: str) -> None:
    environ, dotenv = files(tmp_path)
    assert load_settings(environ | {name: value}, dotenv) == load_settings(environ, dotenv)


def test_every_variable_that_the_code_reads_is_known() -> None:
    asks = re.compile(r"""(?:environ(?:\.get|\.setdefault)?[(\[]|env_var\()\s*["'](ECOM_[A-Z_]+)""")
    folders = ("ecom", "spark_jobs", "dashboard", "generator", "tests", "dbt_project/macros")
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.*") if path.suffix in (".py", ".sql")]
    read = {name for path in paths for name in asks.findall(path.read_text())}
    assert {"ECOM_FAIL_POINT", "ECOM_DATASETS"} <= read
    assert read <= {*BESIDE, *(name.upper() for name in Settings.model_fields)}


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    environ, dotenv = files(tmp_path)
    given = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "hush-hush"}
    assert "hush-hush" not in repr(load_settings(environ | given, dotenv))


def test_airflows_links_lead_to_where_people_open_it_and_its_tasks_to_where_its_api_is(tmp_path: Path) -> None:
    from ecom.stack.airflow import airflow_environment

    inside = Settings(
        ecom_home=tmp_path, airflow_api_url="http://api:8082", airflow_public_url="http://127.0.0.1:9082/"
    )
    found = airflow_environment(inside)
    assert found["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:9082"
    assert found["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://api:8082/execution/"


def test_the_dbt_docs_link_the_page_where_people_open_it(tmp_path: Path) -> None:
    from ecom.dbt.command import project_environment

    local = Settings(ecom_home=tmp_path, ecom_port_base=24000)
    assert project_environment(local)["DASHBOARD_PUBLIC_URL"] == "http://127.0.0.1:24007"
    outside = local.model_copy(update={"dashboard_public_url": "https://sales.example/"})
    assert project_environment(outside)["DASHBOARD_PUBLIC_URL"] == "https://sales.example"
