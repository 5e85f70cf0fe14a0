"""`ecom replay`: public data sets into Kafka, as if they happened now."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ecom.base.settings import load_settings


def register(app: typer.Typer) -> None:
    replay = typer.Typer(no_args_is_help=True, help="Send a public data set in event order.")
    replay.callback()(_group)
    replay.command("olist")(olist)
    app.add_typer(replay, name="replay")


def _group() -> None:
    """Send a public data set in event order.

    Example: ecom replay olist ../shared/data/olist
    """


def olist(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with Olist's CSV files.")],
    speed: Annotated[
        float | None, typer.Option(min=0.001, help="Times as fast as it happened; else as fast as it goes.")
    ] = None,
) -> None:
    """Send the Olist data set (orders, order items, order payments) as canonical messages, in event order.

    docs/olist.md tells how its columns become our fields. Sending it twice gives duplicates, which count once.

    Example: ecom replay olist ../shared/data/olist --speed 86400
    """
    from ecom.contracts.loader import dataset_topics
    from ecom.lake.topics import ensure_topics
    from generator.olist import read_olist
    from generator.run import at_speed, send

    settings, data = load_settings(), read_olist(folder)
    ensure_topics(settings)
    if data.left_out:
        print(f"Left out: {data.left_out} items and payments of orders that the orders file does not have.")
    send(settings, at_speed(data.messages, dataset_topics(settings), speed), datetime.now(UTC))
