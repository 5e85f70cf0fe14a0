"""One record to its typed columns, and to every reason why it is not accepted. Pure: no clock, no service."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from ecom.contracts.currencies import LIFE
from ecom.contracts.judge.amounts import read_amount, read_integer, read_number
from ecom.contracts.judge.encodings import why_not_utf8
from ecom.contracts.judge.found import ABSENT
from ecom.contracts.judge.items import read_items
from ecom.contracts.judge.paths import locate
from ecom.contracts.judge.prepared import lenient, prepared
from ecom.contracts.judge.reading import Reader
from ecom.contracts.judge.seen import MESSAGE, Headers, Reason, Seen
from ecom.contracts.judge.strict_json import NotJsonError, parse
from ecom.contracts.judge.texts import constant_currency, read_boolean, read_currency, read_text
from ecom.contracts.judge.times import DAY_US, read_record_time, read_timestamp
from ecom.contracts.model import CURRENCY, EVENT_ID, EVENT_TS, Contract, Field
from ecom.contracts.rules import Rule

_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Judged(NamedTuple):
    """`values` by column, in the order of `Judge.columns`; meaningless where `reasons` has any. `event_day` counts from
    1970, UTC. `warnings` refuse nothing: the columns that they speak of are null."""

    values: list[Any]
    event_day: int | None
    reasons: list[Reason]
    warnings: Sequence[Reason] = ()


class Judge:
    """Compiled from a contract once, called for each record. Not to be shared by threads."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.columns = tuple(contract.columns)
        at = {name: index for index, name in enumerate(self.columns)}
        self._event_id, self._event_ts, self._currency = (at.get(name) for name in (EVENT_ID, EVENT_TS, CURRENCY))
        # The currency first: amounts are read by its digits.
        fields = sorted(contract.fields, key=lambda field: field.name != CURRENCY)
        self._seen = seen = Seen()
        self._plan = [(at[field.name], locate(field, seen), reader(field, field.name, seen)) for field in fields]
        self._order = _order(contract.fields)
        self._late_rules = [_currency_rule(contract, at)] if _may_lack_currency(contract) else []
        self._late_rules += [rule for field in contract.fields if (rule := _late_rule(field, at, seen))]
        self._reads_more = any(one.keys is None for field in contract.fields for one in (field, *field.fields))
        self._defaults = [(at[f.name], f.default) for f in contract.fields if f.default is not None]
        self._is_deleted = at.get("is_deleted")
        self._key = at.get(contract.key[0]) if contract.key else None

    def __call__(
        self,
        key: bytes | None,
        value: bytes | str | None,
        kafka_us: int,
        received_us: int,
        place: str = "",
        headers: Headers = (),
    ) -> Judged:
        """`value`: the record's bytes, or their text where they are UTF-8. Times in microseconds since 1970; `place` is
        topic, partition and offset, for what has no identity of its own. `headers` where the contract reads them."""
        seen = self._seen
        seen.begin(kafka_us, received_us)
        if self._reads_more:
            seen.of_record(key, headers)
        if value is None:
            return self._deletion(key, kafka_us, place)
        text = value if isinstance(value, str) else _decoded(value, seen)
        document = _document(text, seen) if text is not None else None
        values: list[Any] = [None] * len(self.columns)
        if text is None or document is None:
            return Judged(values, None, seen.reasons(self._order))
        seen.has_escapes = "\\u" in text
        for index, find, read in self._plan:
            values[index] = read(find(document), seen)
        self._settle(values, seen, document, key, text)
        reasons = seen.reasons(self._order) if seen.broken else []
        event_us = values[self._event_ts] if self._event_ts is not None else None
        day = None if event_us is None else event_us // DAY_US
        return Judged(values, day, reasons, seen.warnings(self._order) if seen.warned else ())

    def _settle(self, values: list[Any], seen: Seen, document: Any, key: bytes | None, text: str) -> None:
        """What one field says of another, and what is filled in."""
        event_id = self._event_id
        assert event_id is not None
        if values[event_id] is None:
            values[event_id] = derived_event_id(key, text.encode())
        for index, default in self._defaults:
            if values[index] is None:
                values[index] = default.replace("{event_id}", values[event_id]) if type(default) is str else default
        for rule in self._late_rules:
            rule(values, seen, document)
        if self._currency is not None and values[self._currency] in LIFE:
            self._check_life(values, seen)
        if self._is_deleted is not None:
            values[self._is_deleted] = False

    def _check_life(self, values: list[Any], seen: Seen) -> None:
        assert self._currency is not None
        code, event_us = values[self._currency], values[self._event_ts] if self._event_ts is not None else None
        first, last = LIFE[code]
        if event_us is None or any(broken.field == EVENT_TS for broken in seen.broken):
            return  # a time that is no good says nothing about the currency
        if not first <= date.fromordinal(_EPOCH_DAY + event_us // DAY_US) <= last:
            seen.breaks(CURRENCY, Rule.UNKNOWN_CURRENCY, code, f"it was valid from {first} to {last}")

    def _deletion(self, key: bytes | None, kafka_us: int, place: str) -> Judged:
        """A record without a value: a tombstone, where the latest of each key is kept."""
        values: list[Any] = [None] * len(self.columns)
        name = _as_text(key)
        if self._key is None or self._is_deleted is None or not name:
            note = "" if self._key is None else "a tombstone needs a key, as UTF-8"
            return Judged(values, None, [Reason(MESSAGE, Rule.NULL_VALUE, note or None)])
        assert self._event_id is not None and self._event_ts is not None
        values[self._key], values[self._event_id] = name, f"tombstone:{place}"
        values[self._event_ts], values[self._is_deleted] = kafka_us, True
        return Judged(values, kafka_us // DAY_US, [])


def reader(field: Field, name: str, seen: Seen) -> Reader:
    """`name` is how reasons call the field."""
    if field.constant is not None:
        return constant_currency(field) if name == CURRENCY else lambda value, seen: field.constant
    read = prepared(field, name, _plain_reader(field, name, seen))
    return lenient(read) if field.is_lenient else read


def _plain_reader(field: Field, name: str, seen: Seen) -> Reader:
    if field.unit is not None:
        return read_amount(field, name)
    if field.type == "array":
        members = [(locate(member, seen), reader(member, f"{name}[].{member.name}", seen)) for member in field.fields]
        return read_items(field, name, members)
    if field.source == "timestamp":
        return read_record_time(field, name)
    if field.type == "timestamp":
        return read_timestamp(field, name, is_event_time=name == EVENT_TS)
    if name == CURRENCY:
        return read_currency(field, name)
    makers = {"string": read_text, "integer": read_integer, "number": read_number, "boolean": read_boolean}
    return makers[field.type](field, name)


def derived_event_id(key: bytes | None, value: bytes) -> str:
    """An id that every copy of a record shares: SHA-256 over key and value, each led by its length in bytes."""
    sizes = f"{-1 if key is None else len(key)}:{len(value)}:".encode()
    return "derived:" + hashlib.sha256(sizes + (key or b"") + value).hexdigest()


LateRule = Callable[[list[Any], Seen, Any], None]


def _late_rule(field: Field, at: dict[str, int], seen: Seen) -> LateRule | None:
    """Required where another field has one of these values."""
    if not field.required_when:
        return None
    mine, find = at[field.name], locate(field, seen)
    others = [(name, at[name], frozenset(values)) for name, values in field.required_when.items()]

    def rule(values: list[Any], seen: Seen, document: Any) -> None:
        if values[mine] is not None or any(one.field == field.name for one in seen.broken):
            return
        for name, index, wanting in others:
            if values[index] in wanting:
                seen.breaks(field.name, Rule.MISSING, find(document), f"required where {name} is {values[index]}")
                return

    return rule


def _may_lack_currency(contract: Contract) -> bool:
    field = contract.field(CURRENCY)
    return field is not None and not field.required and field.default is None and field.constant is None


def _currency_rule(contract: Contract, at: dict[str, int]) -> LateRule:
    """An amount is of a currency, also where the contract does not require one in each message."""
    amounts = [at[field.name] for field in contract.fields if field.unit]
    lists = [
        (at[field.name], [number for number, member in enumerate(field.fields) if member.unit])
        for field in contract.fields
        if any(member.unit for member in field.fields)
    ]

    def rule(values: list[Any], seen: Seen, document: Any) -> None:
        if seen.broken or values[at[CURRENCY]] is not None:
            return  # a record that is refused anyway needs no more reasons: its amounts may be none
        items = ((item, members) for index, members in lists for item in values[index] or () if item is not None)
        is_given = any(values[index] is not None for index in amounts)
        if is_given or any(item[member] is not None for item, members in items for member in members):
            seen.breaks(CURRENCY, Rule.MISSING, ABSENT, "an amount is given, and no currency")

    return rule


def _order(fields: tuple[Field, ...], prefix: str = "") -> dict[str, int]:
    names: list[str] = []
    for field in fields:
        names += [f"{prefix}{field.name}", f"{prefix}{field.name}[]"]
        names += [f"{prefix}{field.name}[].{member.name}" for member in field.fields]
    return {name: number for number, name in enumerate(names)}


def _decoded(value: bytes, seen: Seen) -> str | None:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        seen.breaks(MESSAGE, Rule.INVALID_UTF8, ABSENT, why_not_utf8(value, error.start))
        return None


def _document(text: str, seen: Seen) -> dict[str, Any] | None:
    try:
        document = parse(text)
    except NotJsonError as error:
        seen.breaks(MESSAGE, Rule.NOT_JSON, ABSENT, str(error))
        return None
    if type(document) is not dict:
        seen.breaks(MESSAGE, Rule.WRONG_TYPE, document, "wanted: a JSON object")
        return None
    return document


def _as_text(key: bytes | None) -> str | None:
    try:
        return None if key is None else key.decode()
    except UnicodeDecodeError:
        return None
