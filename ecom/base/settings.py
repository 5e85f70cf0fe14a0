"""All settings in one immutable object: environment, then `.env`, then defaults.

`ECOM_HOME/stack.env`, written by `ecom up`, counts as a default: it holds the ports of the stack that runs from that
folder, so that a second shell finds it.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import SplitResult, urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from ecom.base import setting_checks as checks
from ecom.base.errors import EcomError, ExitCode
from ecom.base.setting_names import misspelt

ROOT = Path(__file__).resolve().parents[2]

# Ports are an offset from ECOM_PORT_BASE when that is set, else the tool's own well-known port.
PORTS: dict[str, tuple[int, int]] = {
    "kafka": (9092, 1),
    "kafka-controller": (9093, 2),
    "s3": (9000, 3),
    "trino": (8080, 4),
    "dbt-docs": (8081, 5),
    "airflow": (8082, 6),
    "streamlit": (8501, 7),
    "metabase": (3000, 8),
}
PLACEHOLDERS = ("changeme", "change-me", "change_me", "placeholder", "your-", "your_", "<", "xxx", "todo", "example")
_TOPIC_SETTINGS = {"orders": "TOPIC_ORDER_EVENTS", "payments": "TOPIC_PAYMENT_EVENTS"}
LOCAL_LAKE = "s3://lake"
LOOPBACK = "127.0.0.1"
WebUrl = Annotated[str, AfterValidator(checks.web_url)]


class Settings(BaseModel):
    """Every setting, validated. Field `foo_bar` is the variable `FOO_BAR`."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=True)

    ecom_home: Path = Field(default=Path(".ecom"), description="folder of all local state")
    ecom_port_base: int | None = Field(default=None, ge=1024, le=65000, description="moves all local ports")
    ecom_contracts: Path = Field(default=Path("contracts"), description="folder of the data contracts")
    ecom_bind: str = Field(default=LOOPBACK, description="where a service listens; another one only in a container")
    ecom_host: str = Field(default=LOOPBACK, description="the name under which other containers reach the service")
    ecom_kafka_outside: str | None = Field(default=None, description="a second listener's HOST:PORT, as clients see it")

    kafka_bootstrap: str | None = Field(default=None, description="a broker of your own; none: a local one")
    topics: dict[str, str] = Field(default_factory=dict, description="dataset to its topic, where not the contract's")

    lakehouse_uri: str = LOCAL_LAKE
    aws_access_key_id: str | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_endpoint_url_s3: WebUrl | None = None
    aws_region: str = "us-east-1"

    trino_host: str | None = Field(default=None, description="a Trino of your own; none: a local one")
    trino_port: int | None = Field(default=None, ge=1, le=65535)
    trino_user: str = "dbt"
    trino_https: bool = Field(default=False, description="HTTPS and passwords; a local Trino makes its own")
    trino_password: SecretStr | None = None
    trino_ca_cert: Path | None = Field(default=None, description="PEM file; none: the system's store")

    bronze_trigger_seconds: float = Field(default=5, ge=0.1, description="how often the Bronze streams look for events")
    bronze_stuck_seconds: float = Field(default=120, ge=1, description="no progress for so long ends a Bronze stream")
    lag_objective_seconds: float = Field(default=60, ge=1, description="an event is to be in Bronze within")
    maintenance_retention_hours: int = Field(default=168, ge=168, description="VACUUM keeps what was there since")

    spark_master: Annotated[str, AfterValidator(checks.spark_master)] = "local[*]"
    spark_driver_memory: str = "2g"
    spark_executor_memory: str = Field(default="2g", description="of each executor, where SPARK_MASTER is a cluster")
    spark_executor_cores: int = Field(default=1, ge=1)
    spark_shuffle_partitions: int = Field(default=2, ge=1)

    dashboard_trino_user: str = Field(default="operator", description="as whom the page asks Trino; it only reads")
    dashboard_trino_password: SecretStr | None = Field(default=None, description="of that user, on a Trino of your own")
    dashboard_public_url: WebUrl | None = Field(default=None, description="where people open the page; none: locally")

    airflow_database_url: SecretStr | None = Field(default=None, description="Postgres; none: a SQLite file")
    airflow_api_url: WebUrl | None = Field(default=None, description="where Airflow's API server is; none: a local one")
    airflow_public_url: WebUrl | None = Field(default=None, description="where people open Airflow; none: as the API")
    silver_schedule: Annotated[str, AfterValidator(checks.cron)] = Field(
        default="*/5 * * * *", description="cron expression of the DAG silver_jobs"
    )
    gold_retry_seconds: int = Field(default=120, ge=0, description="between the tries of a task of gold_dbt")

    metabase_url: WebUrl | None = Field(default=None, description="a Metabase for `ecom metabase`")
    metabase_user: str = Field(default="admin@example.com", description="its administrator; made on a fresh one")
    metabase_password: SecretStr | None = Field(default=None, description="none: generated")
    metabase_api_key: SecretStr | None = Field(default=None, description="of an administrator, in place of a login")
    metabase_trino_host: str | None = Field(default=None, description="Trino as Metabase sees it; none: as we do")
    metabase_trino_port: int | None = Field(default=None, ge=1, le=65535)

    alert_email_to: Annotated[str, AfterValidator(checks.email_addresses)] | None = Field(
        default=None, description="several with commas between"
    )
    alert_email_from: str = "ecom@localhost"
    alert_smtp_url: SecretStr | None = None
    alert_slack_webhook_url: Annotated[SecretStr, AfterValidator(checks.secret_web_url)] | None = None

    @field_validator(
        *("aws_access_key_id", "aws_secret_access_key", "trino_password", "dashboard_trino_password"),
        *("alert_smtp_url", "alert_slack_webhook_url", "metabase_password", "metabase_api_key"),
        mode="before",
    )
    @classmethod
    def refuse_placeholders(cls, value: Any) -> Any:
        text = str(value or "").lower()
        if text.startswith(PLACEHOLDERS):
            raise ValueError("is a placeholder; set a real secret or leave it out")
        return value

    @field_validator("lakehouse_uri")
    @classmethod
    def s3_only(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("s3", "s3a") or not parts.netloc:
            raise ValueError("must be s3://BUCKET or s3://BUCKET/PREFIX: Trino writes Delta tables on S3 only")
        return "s3://" + parts.netloc + parts.path.rstrip("/")

    @field_validator("ecom_kafka_outside")
    @classmethod
    def host_and_port(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[^\s:/]+:\d{1,5}", value):
            raise ValueError("must be HOST:PORT such as 127.0.0.1:9092")
        return value

    @field_validator("alert_smtp_url")
    @classmethod
    def smtp_only(cls, value: SecretStr | None) -> SecretStr | None:
        parts = urlsplit(value.get_secret_value()) if value else None
        if parts and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or not _has_a_port(parts)):
            raise ValueError("must be smtp://USER:PASSWORD@HOST:PORT (STARTTLS) or smtps://… (TLS from the start)")
        return value

    @field_validator("airflow_database_url")
    @classmethod
    def postgres_only(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not urlsplit(value.get_secret_value()).scheme.startswith("postgresql"):
            raise ValueError("must be postgresql+psycopg2://USER:PASSWORD@HOST/DATABASE; unset, SQLite is used")
        return value

    @model_validator(mode="after")
    def key_and_secret(self) -> Self:
        if (self.aws_access_key_id is None) != (self.aws_secret_access_key is None):
            raise ValueError("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together; set both or neither")
        return self

    @model_validator(mode="after")
    def no_password_in_plain_text(self) -> Self:
        given = {"TRINO_PASSWORD": self.trino_password, "DASHBOARD_TRINO_PASSWORD": self.dashboard_trino_password}
        for name in (name for name, password in given.items() if password and not self.trino_https):
            raise ValueError(f"{name} needs TRINO_HTTPS=true; Trino takes no password over plain HTTP")
        return self

    @field_validator("ecom_home", "ecom_contracts", "trino_ca_cert")
    @classmethod
    def below_root(cls, value: Path | None) -> Path | None:
        return (ROOT / value.expanduser()).resolve() if value else None

    @field_validator("trino_ca_cert")
    @classmethod
    def is_a_file(cls, value: Path | None) -> Path | None:
        if value and not value.is_file():
            raise ValueError("must be a PEM file that is there")
        return value

    # -- which parts are ours to start

    @property
    def kafka_is_local(self) -> bool:
        return self.kafka_bootstrap is None

    @property
    def s3_is_local(self) -> bool:
        return self.aws_endpoint_url_s3 is None and self.aws_access_key_id is None and self.lakehouse_uri == LOCAL_LAKE

    @property
    def trino_is_local(self) -> bool:
        return self.trino_host is None

    # -- where everything is

    def port(self, service: str) -> int:
        well_known, offset = PORTS[service]
        return well_known if self.ecom_port_base is None else self.ecom_port_base + offset

    @property
    def bootstrap(self) -> str:
        return self.kafka_bootstrap or f"{LOOPBACK}:{self.port('kafka')}"

    @property
    def s3_endpoint(self) -> str | None:
        """The endpoint's URL; None means the cloud's own."""
        return f"http://{LOOPBACK}:{self.port('s3')}" if self.s3_is_local else self.aws_endpoint_url_s3

    @property
    def trino_address(self) -> tuple[str, int]:
        if self.trino_host is None:
            return LOOPBACK, self.trino_port or self.port("trino")
        return self.trino_host, self.trino_port or (443 if self.trino_https else 8080)

    @property
    def trino_scheme(self) -> str:
        return "https" if self.trino_https else "http"

    @property
    def airflow_url(self) -> str:
        return (self.airflow_api_url or f"http://{LOOPBACK}:{self.port('airflow')}").rstrip("/")

    def as_reader(self) -> Self:
        """The same, with the page's own Trino user, who only reads, in place of the one of the jobs."""
        page = {"trino_user": self.dashboard_trino_user, "trino_password": self.dashboard_trino_password}
        return self.model_copy(update=page)

    @property
    def dashboard_page(self) -> str:
        """Where people open the page: what the lineage in the dbt docs leads to."""
        return (self.dashboard_public_url or f"http://{LOOPBACK}:{self.port('streamlit')}").rstrip("/")

    @property
    def airflow_page(self) -> str:
        """Where people open Airflow: what the links in alerts lead to."""
        return (self.airflow_public_url or self.airflow_url).rstrip("/")

    @property
    def bucket(self) -> str:
        return urlsplit(self.lakehouse_uri).netloc

    def as_environment(self) -> dict[str, str]:
        """The variables that give these settings to another process: those that differ from the defaults. Holds the
        secrets that were configured."""
        found: dict[str, str] = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if name == "topics":
                found |= {topic_setting(dataset): topic for dataset, topic in self.topics.items()}
            elif value is not None and value != field.default:
                found[name.upper()] = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        return found

    def s3_credentials(self) -> tuple[str, str] | None:
        """Key and secret: configured, else generated for the local S3; None: the machine's own role."""
        if self.aws_access_key_id and self.aws_secret_access_key:
            return self.aws_access_key_id, self.aws_secret_access_key.get_secret_value()
        if not self.s3_is_local:
            return None
        from ecom.base.secrets import local_secrets

        secrets = local_secrets(self.ecom_home)
        return secrets["AWS_ACCESS_KEY_ID"], secrets["AWS_SECRET_ACCESS_KEY"]


def load_settings(environ: Mapping[str, str] = os.environ, dotenv: Path | None = None) -> Settings:
    """Settings from `environ`, then the file `dotenv`, then the running stack's ports, then defaults.

    `dotenv` is `.env` at the checkout's root, unless ECOM_ENV_FILE names another (tests name none of the user's).

    Raises EcomError (usage) with one sentence that names the variable; also for a name of ours that is misspelt.
    """
    dotenv = dotenv or Path(environ.get("ECOM_ENV_FILE") or ROOT / ".env")
    in_file = dotenv_values(dotenv)
    _refuse_misspelt(in_file, f"in {dotenv}", is_our_file=True)
    _refuse_misspelt(environ, "in the environment", is_our_file=False)
    given = _present(in_file) | _present(environ)
    topics = _topics(in_file) | _topics(environ)
    home = (ROOT / Path(given.get("ecom_home", ".ecom")).expanduser()).resolve()
    try:
        return Settings.model_validate(_present(dotenv_values(home / "stack.env")) | given | {"topics": topics})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        sentence = f"Setting {name or 'pair'}: {reason} (environment or {dotenv}; .env.example explains each)."
        raise EcomError(sentence, ExitCode.USAGE) from None


def _refuse_misspelt(values: Mapping[str, str | None], where: str, is_our_file: bool) -> None:
    names = [name.upper() for name in Settings.model_fields if name != "topics"]
    found = misspelt(values, names, is_our_file)
    if found:
        name, nearest = found
        remedy = f"did you mean {nearest}?" if nearest else "remove it;"
        raise EcomError(
            f"Setting {name} ({where}) does not exist: {remedy} .env.example explains each.", ExitCode.USAGE
        )


def topic_setting(dataset: str) -> str:
    """The variable that names a dataset's topic: TOPIC_<DATASET>, and the older names of the first two."""
    return _TOPIC_SETTINGS.get(dataset, f"TOPIC_{dataset.upper()}")


def _topics(values: Mapping[str, str | None]) -> dict[str, str]:
    """Dataset to topic. The older name of a variable wins."""
    older = {name: dataset for dataset, name in _TOPIC_SETTINGS.items()}
    named = {name: topic for name, topic in values.items() if name.startswith("TOPIC_") and topic}
    found = {name.removeprefix("TOPIC_").lower(): topic for name, topic in named.items() if name not in older}
    return found | {older[name]: topic for name, topic in named.items() if name in older}


def _present(values: Mapping[str, str | None]) -> dict[str, str]:
    return {k.lower(): v for k, v in values.items() if v and k.lower() in Settings.model_fields}


def _has_a_port(parts: SplitResult) -> bool:
    """The default's counts."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False
