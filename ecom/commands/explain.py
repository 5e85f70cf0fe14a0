"""`ecom explain`: what became of one order."""

import sys
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import load_settings
from ecom.base.sql_text import json_text, one_line

if TYPE_CHECKING:
    from ecom.explain.model import Event, Life, Payment


def register(app: typer.Typer) -> None:
    app.command("explain")(explain_order)


def explain_order(
    order_id: Annotated[str, typer.Argument(help="As the events name it; after `--` when it starts with a dash.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, for programs.")] = False,
) -> None:
    """Show an order's life: each event and its verdict, its payments, the state that results, its minute in Gold.

    Exit 1 when nothing in the lake knows the order id.

    Example: ecom explain o-000042 --json
    """
    from ecom.explain import explain
    from ecom.explain.document import document
    from ecom.explain.words import unknown
    from ecom.lake.trino import query

    settings = load_settings()
    life = explain(partial(query, settings.as_reader()), settings, order_id)
    if as_json:
        sys.stdout.write(json_text(document(life), indent=2) + "\n")
    elif life.is_known:
        sys.stdout.writelines(f"{line}\n" for line in as_text(life))
    if not life.is_known:
        raise EcomError(unknown(order_id), ExitCode.FINDING)


def as_text(life: "Life") -> Iterator[str]:
    """Line by line: the timeline, the payments, the order state, Gold, and what else to know."""
    from ecom.explain.words import payment_sentence, sales_lines, state_lines

    yield f"Order {one_line(life.order_id)} (all times UTC)"
    yield from _headed("Events", (line for event in life.events for line in _event(event)))
    payments = (f"{_payment(payment)}: {payment_sentence(payment)}" for payment in life.payments)
    yield from _headed("Payments", payments)
    state = state_lines(life.state) if life.state else [("", "none: no accepted event of it is in the order state")]
    yield from _headed("Order state", (f"{name:<20}{value}".lstrip() for name, value in state))
    yield from _headed("Gold", sales_lines(life.sales))
    yield from _headed("Note", life.notes)


def _headed(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Nothing where there are no lines. What is stored may not move the reader's cursor."""
    shown = [f"  {one_line(line)}" for line in lines]
    if shown:
        yield from ("", title, *shown)


def _event(event: "Event") -> Iterator[str]:
    from ecom.explain.words import because, clock, title

    yield f"{clock(event.event_ts):<25}{title(event):<38}{event.verdict.value}"
    yield f"    {event.place}, Kafka {clock(event.kafka_timestamp)}, Bronze {clock(event.ingest_ts)}"
    if event.event_id:
        yield f"    event_id {event.event_id}"
    yield from (f"    {line}" for line in because(event))


def _payment(payment: "Payment") -> str:
    from ecom.explain.words import clock, money

    return f"{clock(payment.event_ts)}  {payment.status} {money(payment.amount, payment.currency)}"
