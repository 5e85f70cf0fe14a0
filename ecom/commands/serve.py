"""`ecom serve` and `ecom prepare`: what the containers run (compose.yaml)."""

from enum import StrEnum
from typing import Annotated

import typer

from ecom.base.settings import Settings, load_settings


class Servable(StrEnum):
    KAFKA = "kafka"
    S3 = "s3"
    TRINO = "trino"
    DBT_DOCS = "dbt-docs"
    DASHBOARD = "dashboard"


class Preparable(StrEnum):
    TOPICS = "topics"
    BUCKET = "bucket"
    LAKE = "lake"
    AIRFLOW = "airflow"


def register(app: typer.Typer) -> None:
    app.command("serve")(serve)
    app.command("prepare")(prepare)


def serve(service: Annotated[Servable, typer.Argument(help="Which service this process becomes.")]) -> None:
    """Run one service in the foreground, with the local stack's configuration and command line.

    ECOM_BIND is where it listens, ECOM_HOST the name under which others reach it.

    Example: ecom serve kafka
    """
    from ecom.stack.serve import serve as become
    from ecom.stack.serve import serve_dashboard, serve_dbt_docs

    settings = load_settings()
    if service is Servable.DBT_DOCS:
        serve_dbt_docs(settings)
    if service is Servable.DASHBOARD:
        serve_dashboard()
    become(service.value, settings)


def prepare(what: Annotated[Preparable, typer.Argument(help="What is made where it is not there yet.")]) -> None:
    """Make the topics on KAFKA_BOOTSTRAP, the bucket of LAKEHOUSE_URI, the lake's tables and dbt's pages, or Airflow's
    database and pools; what is there stays.

    `ecom up --all` does all of it for a local stack. The first two are for a Kafka and an S3 that are ours.

    Example: ecom prepare lake
    """
    from ecom.commands.stack import say
    from ecom.stack.ready import check_kafka, check_s3

    settings = load_settings()
    if what is Preparable.TOPICS:
        from ecom.lake.topics import ensure_topics

        check_kafka(settings)
        for topic in ensure_topics(settings, is_ours=True):
            say(f"created topic {topic}")
    elif what is Preparable.BUCKET:
        check_s3(settings, is_ours=True)
    elif what is Preparable.LAKE:
        _prepare_lake(settings)
    else:
        from ecom.stack.platform import prepare_airflow

        prepare_airflow(settings)


def _prepare_lake(settings: Settings) -> None:
    from ecom.base.progress import log_to_terminal
    from ecom.dbt.docs import refresh
    from ecom.pipeline import lake_is_complete, prepare_lake

    log_to_terminal()
    if not lake_is_complete(settings):
        prepare_lake(settings)
    refresh(settings)  # Airflow's DAG of Gold is made from the manifest among them
