"""Messages tried by a contract on the spot: the judge alone, without Spark and without any service."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from ecom.contracts.judge import Judge, Judged, Reason
from ecom.contracts.judge.seen import Headers
from ecom.contracts.judge.times import EPOCH, micros
from ecom.contracts.model import EVENT_ID, Contract, Field
from ecom.contracts.rules import Rule

Verdict = Literal["accepted", "duplicate", "rejected", "other"]


class Line(NamedTuple):
    """One message, and where it stands. `topic` None: the line is the message itself, and says nothing of a topic."""

    file: str
    number: int
    key: bytes | None
    value: bytes | None
    topic: str | None = None
    headers: Headers = ()


class Tried(NamedTuple):
    """What becomes of one line. `first` is where the copy stands that it repeats; `values` those of its columns."""

    line: Line
    dataset: str | None
    verdict: Verdict
    reasons: list[Reason]
    values: dict[str, Any]
    first: str | None = None
    warnings: Sequence[Reason] = ()

    def to_json(self) -> dict[str, Any]:
        """For programs: amounts as text, times in ISO 8601."""
        found: dict[str, Any] = {"file": self.line.file, "line": self.line.number, "dataset": self.dataset}
        found["verdict"] = self.verdict
        found |= {"reasons": [reason._asdict() for reason in self.reasons]} if self.reasons else {}
        found |= {"first": self.first} if self.first else {}
        found |= {"warnings": [reason._asdict() for reason in self.warnings]} if self.warnings else {}
        return found | ({"values": self.values} if self.values else {})


@dataclass
class Trial:
    """Contracts by topic, and what was seen so far. `only`: by this one whatever the line's topic is."""

    contracts: Iterable[Contract]
    only: Contract | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    counts: Counter[str] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    warned: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._by_topic = {contract.topic: _OfDataset(contract) for contract in self.contracts}
        self._only = None if self.only is None else _OfDataset(self.only)
        self._now_us = micros(self.now)

    def each(self, lines: Iterable[Line]) -> Iterator[Tried]:
        """The verdict on each line, in order; a message counts as received now."""
        for line in lines:
            dataset = self._only or self._by_topic.get(line.topic or "")
            found = Tried(line, None, "other", [], {}) if dataset is None else dataset.tried(line, self._now_us)
            self.counts[found.verdict] += 1
            self.rules.update((reason.field, reason.rule) for reason in found.reasons)
            self.warned.update((reason.field, reason.rule) for reason in found.warnings)
            yield found


class _OfDataset:
    """The judge of one dataset, and the identities that it accepted."""

    def __init__(self, contract: Contract) -> None:
        self._contract, self._judge = contract, Judge(contract)
        kinds = contract.columns.items()
        self._writers = {name: _writer(kind, contract.field(name)) for name, kind in kinds}
        at = {name: index for index, name in enumerate(self._judge.columns)}
        self._event_id = at[EVENT_ID]
        self._identity = [at[name] for name in contract.identity or ()]
        self._accepted: dict[tuple[Any, ...], tuple[str, list[Any]]] = {}

    def tried(self, line: Line, now_us: int) -> Tried:
        place = f"{line.file}:{line.number}"
        judged = self._judge(line.key, _text(line.value), now_us, now_us, place, line.headers)
        if judged.reasons:
            return Tried(line, self._contract.dataset, "rejected", judged.reasons, {})
        return self._compared(line, place, judged)

    def _compared(self, line: Line, place: str, judged: Judged) -> Tried:
        """Against what was accepted before: the same event with other content is refused, as in one partition."""
        name, values = self._contract.dataset, self._shown(judged.values)
        event_id = judged.values[self._event_id]
        first, content = self._accepted.setdefault((event_id, judged.event_day), (place, judged.values))
        if first != place:
            if content == judged.values:
                return Tried(line, name, "duplicate", [], values, first)
            found = f"other fields than the copy at {first}"
            return Tried(line, name, "rejected", [Reason(EVENT_ID, Rule.CONFLICT, found)], {})
        movement = tuple(judged.values[index] for index in self._identity)
        if movement and None not in movement:
            first, _ = self._accepted.setdefault(("", *movement), (place, []))
        if first != place:
            return Tried(line, name, "duplicate", [], values, first)
        return Tried(line, name, "accepted", [], values, warnings=judged.warnings)

    def _shown(self, values: list[Any]) -> dict[str, Any]:
        named = zip(self._judge.columns, values, strict=True)
        return {name: self._writers[name](value) for name, value in named if value is not None}


Writer = Callable[[Any], Any]


def _writer(sql_type: str, field: Field | None) -> Writer:
    """From a column's value to JSON."""
    if sql_type == "timestamp":
        return as_text
    if field is not None and field.fields:
        members = [(member.name, _writer(member.sql_type, member)) for member in field.fields]
        return lambda items: [_item(members, item) for item in items]
    return lambda value: f"{value:f}" if isinstance(value, Decimal) else value


def _item(members: list[tuple[str, Writer]], item: tuple[Any, ...]) -> dict[str, Any]:
    pairs = zip(members, item, strict=True)
    return {name: None if value is None else write(value) for (name, write), value in pairs}


def as_text(instant_us: int) -> str:
    """ISO 8601 in UTC, with as many digits as there are."""
    return (EPOCH + timedelta(microseconds=instant_us)).isoformat().replace("+00:00", "Z")


def _text(value: bytes | None) -> bytes | str | None:
    """Text where it is UTF-8, as Bronze keeps it."""
    try:
        return value if value is None else value.decode()
    except UnicodeDecodeError:
        return value
