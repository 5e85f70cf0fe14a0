"""A seeded stream of messages in the order in which they are sent."""

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from ecom.base.settings import ROOT
from ecom.contracts.loader import load_contracts
from ecom.contracts.model import EVENT_ID, EVENT_TS, Contract
from generator.bad import path_of, spoil
from generator.catalogue import build_catalogue
from generator.message import (
    EPOCHS,
    Fields,
    Json,
    Message,
    Number,
    encode,
    epoch,
    instant,
    micros,
    value_at,
    with_value,
    without,
)
from generator.mix import Mix
from generator.story import MINUTE, ORDER_LEAD, SECOND, Event, chance, tell

SPAN = timedelta(hours=6)  # a few hundred minutes for a demo
OFFSETS = (("Z", 0), ("+00:00", 0), ("+09:00", 9 * 60), ("-05:30", -330))


def generate(
    orders: int, seed: int, start: datetime, span: timedelta = SPAN, mix: Mix | None = None
) -> Iterator[Message]:
    """Messages of `orders` orders placed from `start` (an instant with a zone) until `start + span`.

    The same arguments give the same bytes on any machine. Memory holds the messages of about 20 minutes.
    """
    begin, end = micros(start), micros(start + span)
    mix, catalogue = mix or Mix(), build_catalogue(seed)
    contracts = {contract.dataset: contract for contract in load_contracts(ROOT / "contracts").values()}
    # All arguments seed it: a second run that differs in any has ids of its own, and does not contradict the first.
    rng = Random(f"{seed} {begin} {end} {orders} {mix}")
    created = (
        begin + (end - begin) * order // orders + rng.randrange(max(1, (end - begin) // orders))
        for order in range(orders)
    )
    stories = ((at - ORDER_LEAD - MINUTE, tell(rng, catalogue, mix, at, end)) for at in created)
    yield from in_order(Senders(rng, mix, contracts), stories)


def in_order(senders: "Senders", stories: Iterable[tuple[int, list[Event]]]) -> Iterator[Message]:
    """Messages as they arrive. Each story comes with a time: none of its own, or of a later one's, arrives before."""
    waiting: list[tuple[int, int, Message]] = []
    number = 0
    for earliest, events in stories:
        while waiting and waiting[0][0] < earliest:
            yield heapq.heappop(waiting)[2]
        for event in events:
            for arrives, message in senders.send(event):
                number += 1
                heapq.heappush(waiting, (arrives, number, message))
    while waiting:
        yield heapq.heappop(waiting)[2]


class Senders:
    """Turns events into bytes, and adds what goes wrong on the way."""

    def __init__(self, rng: Random, mix: Mix, contracts: Mapping[str, Contract]) -> None:
        self.rng, self.mix, self.contracts = rng, mix, contracts
        self.bad_kinds = list(mix.bad())
        self.bad_bounds = list(accumulate(mix.bad().values()))

    def send(self, event: Event) -> Iterator[tuple[int, Message]]:
        """(arrival, message): the event's own first, then its copies and what is bad."""
        rng, mix = self.rng, self.mix
        if chance(rng, mix.no_event_id):
            event.fields = without(event.fields, path_of(self.contracts[event.subject], EVENT_ID))
        if chance(rng, mix.out_of_order):
            event.arrives += rng.randrange(10 * SECOND, 20 * MINUTE)
            event.kind = "out_of_order" if event.kind == "plain" else event.kind
        message = self._message(event)
        yield event.arrives, message
        if chance(rng, mix.duplicates):
            yield event.arrives + rng.randrange(1, 10 * MINUTE), self._copy(message)
        kind = bisect_right(self.bad_bounds, rng.random())
        if kind < len(self.bad_kinds):
            bad = spoil(rng, self.bad_kinds[kind], message, self.contracts[event.subject])
            if bad:
                yield event.arrives + rng.randrange(1, MINUTE), bad

    def _message(self, event: Event) -> Message:
        contract = self.contracts[event.subject]
        event.at, stamp = self._stamp(event.at, contract)
        event.fields = with_value(event.fields, path_of(contract, EVENT_TS), stamp)
        event_id = value_at(event.fields, path_of(contract, EVENT_ID))
        return Message(
            subject=event.subject,
            key=event.key,
            value=encode(event.fields),
            event_ts=instant(event.at),
            headers=(("source", b"shop"),) if chance(self.rng, 0.1) else (),
            kind=event.kind,
            event_id=None if event_id is None else str(event_id),
            fields=event.fields,
        )

    def _stamp(self, at: int, contract: Contract) -> tuple[int, Json]:
        """The time and how it is written: ISO 8601 with some offset, or epoch milliseconds, which are coarser."""
        field, draw = contract.field(EVENT_TS), self.rng.random()
        form = field.timestamp_format if field else None
        number = epoch(form, at) if form is not None or draw >= 0.1 else at // 1000
        if number is not None:
            return at // EPOCHS.get(form or "epoch_millis", 1) * EPOCHS.get(form or "epoch_millis", 1), number
        zone, minutes = OFFSETS[0] if draw < 0.8 else OFFSETS[self.rng.randrange(len(OFFSETS))]
        return at, iso8601(at, zone, minutes)

    def _copy(self, message: Message) -> Message:
        """A producer's retry. Without an event_id only equal bytes are known to be the same event."""
        assert message.fields is not None
        fields, value = message.fields, message.value
        if message.event_id is not None and chance(self.rng, 0.3):
            fields = rewritten(message.fields)
            value = encode(fields)
        return replace(message, value=value, fields=fields, kind="duplicate")


def iso8601(at: int, zone: str = "Z", minutes: int = 0) -> str:
    local = instant(at + minutes * MINUTE)
    return local.strftime("%Y-%m-%dT%H:%M:%S.%f") + zone


def rewritten(fields: Fields) -> Fields:
    """Equal fields in other bytes: keys in another order, an amount as a string, an unknown field."""
    other: Fields = dict(reversed(fields.items()))
    if isinstance(total := other.get("total_amount"), Number):
        other["total_amount"] = str(total)
    return other | {"retry": True}
