"""What a judge notes while it reads one record: its times, its currency's digits, and the rules that it breaks."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ecom.contracts.judge.found import found
from ecom.contracts.rules import Rule

MESSAGE = "$"  # how reasons call the message as a whole
MOST_REASONS = 100  # a megabyte of bad items shall not become ten megabytes of reasons
MOST_PLACES = 5


class Reason(NamedTuple):
    """`field` by the contract's name, an item's as `items[].category`; `found` is what stood there, and where."""

    field: str
    rule: str
    found: str | None


class Broken(NamedTuple):
    """One rule broken at one place; `item` is the number of the array's item, None outside of arrays."""

    field: str
    rule: Rule
    value: Any
    note: str
    item: int | None


Headers = Sequence[tuple[str, bytes | None]]


class Seen:
    """One record under judgement; used again for the next, since making one costs as much as reading a field.

    Times are microseconds since 1970. `digits` are the currency's minor digits, None where it is not known.
    `warned` is what does not matter enough to refuse the record. `key` and `headers` are the record's, where a field is
    found there; `nested` holds the documents in texts of the message. `has_escapes`: the message names characters by
    their number, so that a text may hold what no UTF-8 can.
    """

    __slots__ = (
        *("broken", "digits", "has_escapes", "headers", "item", "kafka_us", "key", "nested", "received_us", "warned"),
    )

    def __init__(self) -> None:
        self.broken: list[Broken] = []
        self.warned: list[Broken] = []
        self.key: bytes | None = None
        self.headers: Headers = ()
        self.nested: dict[str, Any] = {}
        self.has_escapes = False
        self.begin(0, 0)

    def begin(self, kafka_us: int, received_us: int) -> None:
        self.kafka_us, self.received_us = kafka_us, received_us
        self.digits: int | None = None
        self.item: int | None = None
        if self.broken:
            self.broken = []
        if self.warned:
            self.warned = []

    def of_record(self, key: bytes | None, headers: Headers) -> None:
        """What else than its value the record has."""
        self.key, self.headers, self.nested = key, headers, {}

    def breaks(self, field: str, rule: Rule, value: Any, note: str = "") -> None:
        self.broken.append(Broken(field, rule, value, note, self.item))

    def reasons(self, order: dict[str, int]) -> list[Reason]:
        """Why the record is refused."""
        return reasons_of(self.broken, order)

    def warnings(self, order: dict[str, int]) -> list[Reason]:
        """What is not as it should be, and refuses nothing."""
        return reasons_of(self.warned, order)


def reasons_of(broken: list[Broken], order: dict[str, int]) -> list[Reason]:
    """A reason for each field and rule, in the contract's order, with the first places; then how many more."""
    together: dict[tuple[str, Rule], list[Broken]] = {}
    for one in sorted(broken, key=lambda one: order.get(one.field, -1)):
        together.setdefault((one.field, one.rule), []).append(one)
    told = [_reason(broken) for broken in list(together.values())[:MOST_REASONS]]
    if len(together) > MOST_REASONS:
        told.append(Reason(MESSAGE, Rule.MORE, f"{len(together) - MOST_REASONS} more"))
    return told


def _reason(broken: list[Broken]) -> Reason:
    first = broken[0]
    shown = found(first.value, first.note)
    if first.item is not None:
        places = _places(first.field, (one.item for one in broken))
        shown = f"{places}: {'nothing' if shown is None else shown}"
    return Reason(first.field, first.rule, shown)


def _places(field: str, items: Iterable[int | None]) -> str:
    """Such as `items[0], items[3] and 17 more`."""
    array, places = field.partition("[]")[0], list(items)
    named = ", ".join(f"{array}[{item}]" for item in places[:MOST_PLACES])
    return named if len(places) <= MOST_PLACES else f"{named} and {len(places) - MOST_PLACES:,} more"
