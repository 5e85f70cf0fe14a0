"""Airflow's settings, all of them in its processes' environment: the same for local processes and for containers."""

import json
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from ecom.base.layout import write_private
from ecom.base.secrets import local_secrets
from ecom.base.settings import ROOT, Settings

ADMIN = "admin"
PARALLELISM = 4  # tasks at once: a Spark driver keeps a core busy


def airflow_home(settings: Settings) -> Path:
    return settings.ecom_home / "airflow"


def passwords_file(settings: Settings) -> Path:
    """Airflow's simple auth manager reads user names and passwords from it."""
    return airflow_home(settings) / "passwords.json"


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Each variable that differs from Airflow's defaults, and why where it is not plain."""
    home = airflow_home(settings)
    kept = local_secrets(settings.ecom_home)
    _write_passwords(passwords_file(settings), kept["AIRFLOW_ADMIN_PASSWORD"])
    url = settings.airflow_url
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "airflow" / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__DEFAULT_TIMEZONE": "utc",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PARALLELISM),
        "AIRFLOW__CORE__FERNET_KEY": kept["AIRFLOW_FERNET_KEY"],
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{ADMIN}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(settings)),
        # On a port of its own both are needed: else every task fails.
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__BASE_URL": settings.airflow_page,
        "AIRFLOW__API__HOST": settings.ecom_bind,  # it binds everywhere by default
        "AIRFLOW__API__PORT": str(settings.port("airflow")),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": kept["AIRFLOW_API_SECRET_KEY"],
        "AIRFLOW__API_AUTH__JWT_SECRET": kept["AIRFLOW_JWT_SECRET"],
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(settings),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        # A task whose scheduler was killed holds its pool until it is missed: not for the default's five minutes.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "90",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",  # 5 s fail tasks on a busy machine
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__COSMOS__ENABLE_TELEMETRY": "False",
        "AIRFLOW__COSMOS__ENABLE_CACHE": "False",
        "SCARF_ANALYTICS": "false",
        # Airflow's workers give themselves a title, which would overwrite what `ecom down` knows orphans by.
        "SPT_NOENV": "1",
        **connections(settings),
    }


def database_url(settings: Settings) -> str:
    """AIRFLOW_DATABASE_URL, else a SQLite file: enough for one machine, where one process writes at a time."""
    if settings.airflow_database_url:
        return settings.airflow_database_url.get_secret_value()
    return f"sqlite:///{airflow_home(settings) / 'airflow.db'}"


def connections(settings: Settings) -> dict[str, str]:
    """The connections that the alerts go out through, as Airflow reads them from its environment."""
    found = {}
    if settings.alert_smtp_url:
        found["AIRFLOW_CONN_SMTP_DEFAULT"] = json.dumps(
            smtp_connection(settings.alert_smtp_url.get_secret_value(), settings.alert_email_from)
        )
    if settings.alert_slack_webhook_url:
        webhook = {"conn_type": "slackwebhook", "password": settings.alert_slack_webhook_url.get_secret_value()}
        found["AIRFLOW_CONN_SLACK_DEFAULT"] = json.dumps(webhook)
    return found


def smtp_connection(url: str, sender: str) -> dict[str, object]:
    """`smtps://` is TLS from the start, `smtp://` STARTTLS, unless its query says `starttls=off`."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "smtps"
    starttls = not is_tls and parse_qs(parts.query).get("starttls") != ["off"]
    return {
        "conn_type": "smtp",
        "host": parts.hostname,
        "port": parts.port or (465 if is_tls else 587),
        "login": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "extra": {
            "from_email": sender,
            "disable_ssl": not is_tls,
            "disable_tls": not starttls,
            "timeout": 20,
            "retry_limit": 2,
        },
    }


def _write_passwords(path: Path, password: str) -> None:
    if not path.exists():
        write_private(path, json.dumps({ADMIN: password}))
