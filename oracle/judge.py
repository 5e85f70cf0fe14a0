"""One record to an event, or to the reasons why it is none."""

from datetime import date, timedelta
from typing import Any

from oracle import rules
from oracle.contracts import Dataset, Rule
from oracle.currencies import VALID
from oracle.finding import find
from oracle.records import Event, Record
from oracle.rules import DAY_US, BrokenError
from oracle.strict_json import NotJsonError, parse

WHOLE = "$"
Reasons = frozenset[tuple[str, str]]


def judge(record: Record, dataset: Dataset, received_us: int | None = None) -> Event | Reasons:
    """`received_us`: when the platform received it; None: not later than the broker says."""
    if record.value is None:
        return _deletion(record, dataset)
    try:
        document = parse(record.value.decode())
    except UnicodeDecodeError:
        return frozenset({(WHOLE, "invalid_utf8")})
    except NotJsonError:
        return frozenset({(WHOLE, "not_json")})
    if not isinstance(document, dict):
        return frozenset({(WHOLE, "wrong_type")})
    clock_us = max(record.timestamp_ms * 1000, received_us or 0)
    message = _Message(record, dataset, document, clock_us + DAY_US)
    return message.event()


def _deletion(record: Record, dataset: Dataset) -> Event | Reasons:
    """A record without a value deletes the latest of its key, where a dataset keeps that."""
    try:
        key = record.key.decode() if record.key else ""
    except UnicodeDecodeError:
        key = ""
    if dataset.keep != "latest" or not key:
        return frozenset({(WHOLE, "null_value")})
    values = {dataset.key[0]: key}
    return Event(dataset.name, f"\0tombstone {record.place}", record.timestamp_ms * 1000, values, is_deletion=True)


class _Message:
    """Reads the fields of one message, and collects (field, rule) of what is broken."""

    def __init__(self, record: Record, dataset: Dataset, document: Any, latest_us: int) -> None:
        self._record, self._dataset, self._document, self._latest_us = record, dataset, document, latest_us
        self._broken: set[tuple[str, str]] = set()
        self._warned: set[tuple[str, str]] = set()
        self._code: str | None = None
        self._digits: int | None = None

    def event(self) -> Event | Reasons:
        values: dict[str, Any] = {}
        for rule in sorted(self._dataset.rules, key=lambda rule: rule.name != "currency"):
            values[rule.name] = self._read(rule, rule.name, self._document)
            if rule.name == "currency":
                self._code = values["currency"] or rule.default
                self._digits = rules.digits_of(rule).get(self._code or "")
        event_id = values.pop("event_id", None) or derived_id(self._record)
        for rule in self._dataset.rules:
            if rule.default is not None and values.get(rule.name) is None:
                values[rule.name] = _filled(rule, event_id)
        self._look_across(values)
        if self._broken:
            return frozenset(self._broken)
        warned = frozenset(self._warned)
        return Event(self._dataset.name, event_id, values["event_ts"], values, warnings=warned)

    def _look_across(self, values: dict[str, Any]) -> None:
        """What one field says of another."""
        told = {name for name, _ in self._broken}
        for rule in self._dataset.rules:
            is_wanted = any(values.get(other) in wanted for other, wanted in rule.needed_when.items())
            if is_wanted and values.get(rule.name) is None and rule.name not in told:
                self._broken.add((rule.name, "missing"))
        if not told and values.get("currency") is None and self._has_amount(values):
            self._broken.add(("currency", "missing"))
        if self._code in VALID and values.get("event_ts") is not None:
            first, last = VALID[self._code]
            if not first <= date(1970, 1, 1) + timedelta(days=values["event_ts"] // DAY_US) <= last:
                self._broken.add(("currency", "unknown_currency"))

    def _has_amount(self, values: dict[str, Any]) -> bool:
        """Whether an amount was read, in a column or in an item."""
        for rule in self._dataset.rules:
            value = values.get(rule.name)
            if rule.unit and value is not None:
                return True
            for item in value if rule.members and value else ():
                if item and any(one is not None for one, member in zip(item, rule.members, strict=True) if member.unit):
                    return True
        return False

    def _read(self, rule: Rule, name: str, document: Any) -> Any:
        """From the document that holds the field."""
        before = set(self._broken)
        try:
            value = self._found(rule, name, document)
        except BrokenError as error:
            self._broken.update((name, broken) for broken in error.rules)
            value = None
        if rule.only_warns and self._broken != before:
            self._warned |= self._broken - before
            self._broken, value = before, None
        return value

    def _found(self, rule: Rule, name: str, document: Any) -> Any:
        if rule.constant is not None:
            return rule.constant
        if rule.source == "timestamp":
            return rules.within(self._record.timestamp_ms * 1000, rule, None)
        value = find(self._record, document, rule)
        return self._array(rule, name, value) if rule.kind == "array" else self._checked(rule, name, value)

    def _checked(self, rule: Rule, name: str, value: Any) -> Any:
        value = rules.as_told(value, rule)
        if rule.unit:
            return rules.amount(value, rule, self._digits)
        if name == "currency":
            return rules.currency(value, rule)
        if rule.kind == "timestamp":
            return rules.instant(value, rule, self._latest_us if name == "event_ts" else None)
        checks = {"string": rules.text, "integer": rules.integer, "number": rules.number, "boolean": rules.boolean}
        return checks[rule.kind](value, rule)

    def _array(self, rule: Rule, name: str, value: Any) -> Any:
        if not isinstance(value, list):
            if value is not None or rule.required:
                self._broken.add((name, "missing" if value is None else "wrong_type"))
            return None
        return tuple(self._item(rule, f"{name}[]", item) for item in value)

    def _item(self, rule: Rule, name: str, item: Any) -> Any:
        if not rule.members:
            if item is None:
                self._broken.add((name, "wrong_type"))
                return None
            return self._read(Rule(name, "string", (), required=True), name, item)
        if not isinstance(item, dict):
            self._broken.add((name, "wrong_type"))
            return None
        return tuple(self._read(one, f"{name}.{one.name}", item) for one in rule.members)


def _filled(rule: Rule, event_id: str) -> Any:
    return rule.default.replace("{event_id}", event_id) if isinstance(rule.default, str) else rule.default


def derived_id(record: Record) -> str:
    """Equal for equal key and bytes, and no event_id that a message can hold (those are never empty at the start)."""
    return f"\0derived {record.key!r} {record.value!r}"
