"""`ecom produce`: seeded events, or a file of records, into Kafka."""

import inspect
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import MISSING
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import Settings, load_settings
from ecom.commands.files import opened
from generator.mix import Mix, shares

if TYPE_CHECKING:
    from generator.message import Message

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
ORDERS, MESSAGES, SPAN = 20_000, 1_000, "6h"
AHEAD = timedelta(hours=24)  # what is further ahead of the broker's clock goes to quarantine


def register(app: typer.Typer) -> None:
    app.command("produce")(_with_shares(produce))


def produce(
    orders: Annotated[int, typer.Option(min=0, help="How many orders; each has 3 messages or so.")] = ORDERS,
    rate: Annotated[float | None, typer.Option(min=0.01, help="Messages a second; else as fast as it goes.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed and start: same bytes. Without: a new one, told.")] = None,
    start: Annotated[str | None, typer.Option(help="First instant, ISO 8601 (UTC). Default: now less span.")] = None,
    span: Annotated[str, typer.Option(help="Event time that the orders are spread over: 90s, 30m, 6h, 2d.")] = SPAN,
    file: Annotated[str | None, typer.Option("--file", help="Send this JSON Lines file (or -) instead.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Invent messages of this dataset, by its contract.")] = None,
    messages: Annotated[int, typer.Option(min=1, help="How many messages of --dataset.")] = MESSAGES,
    **given: float,
) -> None:
    """Send a seeded mix of orders and payments, with trouble in known shares; or of any dataset; or JSON Lines.

    With --dataset the messages are invented from its contract: texts, numbers and words that it allows, and what breaks
    it. A field with a pattern takes its contract's `examples`.

    A line of the file is {"topic", "key", "value", "headers"}: a value that is a string goes as its bytes, an object
    as JSON, null as a tombstone, "value_base64" as raw bytes. What the broker acknowledged is written to
    ECOM_HOME/ledger.

    Example: ecom produce --orders 500 --seed 7 --start 2026-01-31T00:00:00Z --late 0.1 --bad-not-json 0.01
    """
    from ecom.contracts.loader import dataset_topics
    from ecom.lake.topics import ensure_topics
    from generator.run import at_rate, send, to_records

    settings, now = load_settings(), datetime.now(UTC)
    if file is not None:
        if (orders, seed, start, span, dataset, _mix(given)) != (ORDERS, None, None, SPAN, None, Mix()):
            sentence = "--file sends what the file holds: of the other options only --rate goes with it."
            raise EcomError(sentence, ExitCode.USAGE)
        ensure_topics(settings)
        send(settings, at_rate(_from_file(file), rate), now)
        return
    if dataset is None and messages != MESSAGES:
        raise EcomError("--messages goes with --dataset; of orders and payments, say --orders.", ExitCode.USAGE)
    length, mix = parse_span(span), _mix(given)
    begin = parse_start(start, length, now)
    seed = secrets.randbelow(2**31) if seed is None else seed
    invented = _stream(settings, dataset, orders, messages, seed, begin, length, mix)
    ensure_topics(settings)
    print(f"Seed {seed}, start {begin.isoformat()}, span {span}: the same bytes for the same numbers and shares.")
    send(settings, at_rate(to_records(invented, dataset_topics(settings)), rate), now)


def _stream(
    settings: Settings,
    dataset: str | None,
    orders: int,
    messages: int,
    seed: int,
    begin: datetime,
    span: timedelta,
    mix: Mix,
) -> Iterator["Message"]:
    from ecom.contracts.loader import load_datasets
    from generator.samples import samples
    from generator.stream import generate

    if dataset is None:
        return generate(orders, seed, begin, span, mix)
    if orders != ORDERS:
        raise EcomError("--orders are orders and payments; of --dataset, say --messages.", ExitCode.USAGE)
    contracts = load_datasets(settings)
    if dataset not in contracts:
        raise EcomError(f"There is no dataset {dataset}; the contracts are of {', '.join(contracts)}.", ExitCode.USAGE)
    return samples(contracts[dataset], messages, seed, begin, span, mix)


def parse_span(text: str) -> timedelta:
    match = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)([smhd])", text.strip())
    span = timedelta(**{UNITS[match[2]]: float(match[1])}) if match else timedelta(0)
    if span < timedelta(seconds=1):
        raise EcomError(f"--span {text!r} is not a second or more, such as 90s, 30m, 6h or 2d.", ExitCode.USAGE)
    return span


def parse_start(text: str | None, span: timedelta, now: datetime) -> datetime:
    """The first instant, UTC; a text without an offset is UTC."""
    if text is None:
        return (now - span).replace(microsecond=0)
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        sentence = f"--start {text!r} is not an ISO 8601 instant such as 2026-01-31T00:00:00Z."
        raise EcomError(sentence, ExitCode.USAGE) from None
    start = start.replace(tzinfo=start.tzinfo or UTC).astimezone(UTC)
    if start + span > now + AHEAD:
        sentence = f"--start {text} plus the span ends more than 24 hours from now, where every event is refused."
        raise EcomError(sentence, ExitCode.USAGE)
    return start


def _mix(given: dict[str, float]) -> Mix:
    try:
        return Mix(**given)
    except ValueError as error:
        raise EcomError(f"The shares don't work: {error}.", ExitCode.USAGE) from None


def _from_file(file: str) -> Iterator[Any]:
    from generator.jsonl import read_records

    with opened(file, "check --file") as lines:
        yield from read_records(lines, "standard input" if file == "-" else file)


def _with_shares(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with an option for each share of `Mix`, which stays the one place that says them."""
    own = [p for p in inspect.signature(command).parameters.values() if p.kind is not p.VAR_KEYWORD]
    by_name, options = inspect.Parameter.KEYWORD_ONLY, []
    for share in shares():
        assert share.default is not MISSING
        option = typer.Option(help=f"Share of {share.metadata['help']}.", rich_help_panel="Shares, from 0 to 1")
        options.append(
            inspect.Parameter(share.name, by_name, default=share.default, annotation=Annotated[float, option])
        )
    parameters = [p.replace(kind=by_name) for p in own] + options

    def with_shares(**given: Any) -> None:
        command(**given)

    with_shares.__doc__ = command.__doc__
    with_shares.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_shares.__annotations__ = {p.name: p.annotation for p in parameters}
    return with_shares
