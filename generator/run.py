"""From messages to the broker, with progress and a summary: what `ecom produce` and `ecom replay` share."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import Settings
from generator.jsonl import Record
from generator.ledger import Ledger
from generator.message import Message
from generator.sender import Sender, Sent, stop_on_signal


def to_records(messages: Iterable[Message], topics: dict[str, str]) -> Iterator[Record]:
    """The messages as Kafka records; `topics` is dataset to topic."""
    for message in messages:
        yield Record(
            topics[message.subject],
            message.key.encode(),
            message.value,
            message.headers,
            kind=message.kind,
            event_id=message.event_id,
        )


def at_rate(records: Iterable[Record], rate: float | None) -> Iterator[tuple[float, Record]]:
    """Each record with the second in which it is due; without a rate at once."""
    for number, record in enumerate(records):
        yield (number / rate if rate else 0.0), record


def at_speed(
    messages: Iterable[Message], topics: dict[str, str], speed: float | None
) -> Iterator[tuple[float, Record]]:
    """Each record with the second in which it is due: as far apart as the events, `speed` times as fast."""
    first = None
    for message in messages:
        first = first or message.event_ts
        due = (message.event_ts - first).total_seconds() / speed if speed else 0.0
        yield due, next(to_records([message], topics))


def new_ledger(settings: Settings, now: datetime) -> Ledger:
    return Ledger(settings.ecom_home / "ledger" / f"{now:%Y%m%dT%H%M%S.%fZ}-{os.getpid()}")


def send(settings: Settings, timed: Iterable[tuple[float, Record]], now: datetime) -> Sent:
    """Send what is due when it is due, and print a summary.

    Raises EcomError, with code 130 when it was interrupted: what was sent is in the ledger.
    """
    sender = Sender(settings.bootstrap, new_ledger(settings, now))
    console = Console(stderr=True)
    try:
        with stop_on_signal() as stop, _progress(console) as on_sent:
            sent = sender.send_all(timed, stop, on_sent)
    finally:
        print_summary(sender.sent, sender.ledger.folder)
    if sent.interrupted:
        sentence = f"Interrupted; the {sent.total} messages above were sent and stay sent. Run it again as you like."
        raise EcomError(sentence, ExitCode.INTERRUPTED)
    return sent


def print_summary(sent: Sent, folder: Path) -> None:
    topics = ", ".join(f"{topic} {count}" for topic, count in sorted(sent.topics.items()))
    print(f"Acknowledged by the broker: {sent.total} messages{f' ({topics})' if topics else ''}")
    width = max(map(len, sent.kinds), default=0)
    for kind, count in sent.kinds.most_common():
        print(f"  {kind:<{width}}  {count}")
    if sent.total:
        print(f"Ledger: {folder}")


@contextmanager
def _progress(console: Console) -> "Iterator[ProgressCount]":
    """A moving line on a terminal, a line each 20,000 messages elsewhere."""
    if not console.is_terminal:
        yield ProgressCount(console, None)
        return
    columns = (TextColumn("Sending"), BarColumn(), MofNCompleteColumn(), TextColumn("messages"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield ProgressCount(console, progress)


class ProgressCount:
    """Counts messages and shows the count now and then: a call for each would cost more than sending."""

    EVERY, PLAIN_EVERY = 500, 20_000

    def __init__(self, console: Console, progress: Progress | None) -> None:
        self.console, self.progress, self.count = console, progress, 0
        self.task = progress.add_task("send", total=None) if progress else None

    def __call__(self, messages: int) -> None:
        self.count += messages
        if self.progress and self.task is not None:
            if self.count % self.EVERY == 0:
                self.progress.update(self.task, completed=self.count)
        elif self.count % self.PLAIN_EVERY == 0:
            self.console.print(f"{self.count} messages sent", highlight=False)
