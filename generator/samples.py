"""Messages of any dataset, invented from its contract: good, repeated, late, out of order and bad, in known shares."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from ecom.base.errors import EcomError, ExitCode
from ecom.contracts.model import CURRENCY, EVENT_ID, EVENT_TS, Contract, Field
from generator.bad import path_of
from generator.ids import new_id
from generator.message import DIGITS, Fields, Json, Message, Number, epoch, keys_of, major, micros, value_at, with_value
from generator.mix import Mix
from generator.story import HOUR, MINUTE, SECOND, Event, chance
from generator.stream import SPAN, Senders, in_order

WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour")
REUSED = 3  # messages that share an id, roughly: then a key has a history


def samples(
    contract: Contract, count: int, seed: int, start: datetime, span: timedelta = SPAN, mix: Mix | None = None
) -> Iterator[Message]:
    """About `count` messages of `contract`'s dataset, from `start` (an instant with a zone) until `start + span`.

    The same arguments give the same bytes. Raises EcomError for a field whose values cannot be invented.
    """
    begin, end, mix = micros(start), micros(start + span), mix or Mix()
    rng = Random(f"{contract.dataset} {seed} {begin} {end} {count} {mix}")
    ids = [new_id(rng) for _ in range(max(count // REUSED, 1))]
    events = (_event(rng, contract, mix, ids, begin + (end - begin) * n // count) for n in range(count))
    yield from in_order(Senders(rng, mix, {contract.dataset: contract}), ((e.arrives - MINUTE, [e]) for e in events))


def _event(rng: Random, contract: Contract, mix: Mix, ids: list[str], at: int) -> Event:
    fields: Fields = with_value({}, path_of(contract, EVENT_ID), new_id(rng))
    currency = ("USD", "EUR", "JPY", "KWD")[rng.randrange(4)]
    for field in contract.fields:
        is_given = field.required or field.required_when or not chance(rng, 0.2)
        if field.name not in (EVENT_ID, EVENT_TS) and field.constant is None and is_given:
            fields = with_value(fields, keys_of(field), _value(rng, contract, field, ids, currency))
    is_late = chance(rng, mix.late)
    happened = at - rng.randrange(HOUR, 72 * HOUR) if is_late else at
    key = _key(contract, fields)
    return Event(
        contract.dataset, key, fields, happened, at + rng.randrange(2 * SECOND), "late" if is_late else "plain"
    )


def _key(contract: Contract, fields: Fields) -> str:
    """The first column of the key, else what people search by: its messages stay in one partition."""
    name = contract.key[0] if contract.key else contract.search_column
    return str(value_at(fields, path_of(contract, name)))


def _value(rng: Random, contract: Contract, field: Field, ids: list[str], currency: str) -> Json:
    if field.enum:
        words = (*field.enum, *field.words)
        return words[rng.randrange(len(words))]
    if field.name == CURRENCY:
        return currency
    is_text = field.type == "string" and not field.name.endswith("_id")
    if field.examples and (is_text or field.pattern):
        return _as_json(field.examples[rng.randrange(len(field.examples))])
    if field.pattern:
        raise EcomError(
            f"{contract.path}:{field.line}: no value of `{field.name}` can be invented for its pattern; "
            "give the property some `examples`.",
            ExitCode.USAGE,
        )
    return _of_type(rng, contract, field, ids, currency)


def _of_type(rng: Random, contract: Contract, field: Field, ids: list[str], currency: str) -> Json:
    if field.type == "boolean":
        return chance(rng, 0.5)
    if field.type == "timestamp":
        return epoch(field.timestamp_format, 1_769_853_600_000_000) or "2026-01-31T10:00:00Z"
    if field.type == "array":
        return [_item(rng, contract, field, ids, currency) for _ in range(rng.randrange(1, 4))]
    if field.type in ("integer", "number"):
        return _number(rng, field, currency)
    if field.name.endswith("_id"):
        return ids[rng.randrange(len(ids))][: field.longest]
    return WORDS[rng.randrange(len(WORDS))][: field.max_length]


def _item(rng: Random, contract: Contract, field: Field, ids: list[str], currency: str) -> Json:
    if not field.fields:
        return WORDS[rng.randrange(len(WORDS))]
    item: Fields = {}
    for member in field.fields:
        item = with_value(item, keys_of(member), _value(rng, contract, member, ids, currency))
    return item


def _number(rng: Random, field: Field, currency: str) -> Json:
    low = int(field.minimum or 0)
    high = int(min(field.maximum if field.maximum is not None else Decimal(low + 1000), Decimal(low + 1000)))
    whole = low + rng.randrange(max(high - low, 0) + 1)
    if field.type == "number" and not field.unit:
        return Number(whole)
    if not field.unit:
        return whole
    digits = DIGITS[currency]
    minor = whole * 10**digits
    return minor if field.unit == "minor" else major(minor, digits)


def _as_json(value: object) -> Json:
    """An example of the contract's YAML, where numbers with a fraction are floats."""
    return Number(repr(value)) if isinstance(value, float) else value  # type: ignore[return-value]
