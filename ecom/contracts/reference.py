"""The reference page of the messages, written from the contracts."""

from collections.abc import Mapping

from ecom.contracts.model import Contract, Field

INTRODUCTION = """\
<!-- Written by `ecom contracts docs` from the contracts; change those, not this page. -->
# Messages

What a shop's services send, and what makes a message quarantined. Messages are UTF-8 JSON (RFC 8259) in Kafka; the key
is the order's id. Fields that are not listed are ignored. A field that is `null` counts as missing.

Amounts have no exponent and no more fraction digits, by value, than their currency has (`19.990` is good USD).
Timestamps are ISO 8601 with an offset (`2026-01-31T10:00:59.123Z`) or epoch milliseconds, at most 24 hours ahead of
the broker's clock.
"""
RULES = """\
## Reasons for quarantine

| rule | the field |
|---|---|
| `not_json`, `invalid_utf8`, `null_value` | `$`: the message as a whole cannot be read |
| `missing` | is required, and absent, `null` or empty |
| `wrong_type` | is of another type, or no exact number, or no date and time with offset |
| `not_allowed` | is not one of the allowed values, or does not match its pattern |
| `out_of_range` | is beyond a bound |
| `unknown_currency` | is no active ISO 4217 code in capitals |
| `too_many_fraction_digits` | has more than the currency has |
| `in_the_future` | is more than 24 hours ahead of the broker's timestamp |
| `conflict` | `event_id`: other content than an accepted event of this id and day |
"""


def reference(contracts: Mapping[str, Contract]) -> str:
    """The page in Markdown."""
    sections = [_section(contract) for contract in contracts.values()]
    return "\n".join([INTRODUCTION, *sections, RULES])


def _section(contract: Contract) -> str:
    lines = [
        f"## {contract.title}: topic `{contract.topic}`",
        "",
        f"{contract.description} Contract version {contract.version}; owner: {contract.owner or 'not named'}.",
        "",
        *_table(contract.fields),
    ]
    for field in contract.fields:
        if field.fields:
            lines += ["", f"Each of `{field.name}`, found from the item:", "", *_table(field.fields)]
    if contract.quality:
        lines += ["", *(f"- {rule}" for rule in contract.quality)]
    if contract.promises:
        lines += ["", *(f"- Promised ({name}): {promise}" for name, promise in contract.promises)]
    return "\n".join(lines) + "\n"


def _table(fields: tuple[Field, ...]) -> list[str]:
    rows = [
        f"| `{field.name}` | `{field.json_path}` | {_type(field)} | {'yes' if field.required else 'no'} "
        f"| {_rules(field)} | {field.description} |".replace("|  |", "| |")
        for field in fields
    ]
    return ["| column | in the message | type | required | rules | meaning |", "|---|---|---|---|---|---|", *rows]


def _type(field: Field) -> str:
    if field.unit is not None:
        return f"amount, {field.unit} units"
    if field.timestamp_format is not None:
        return f"timestamp, {field.timestamp_format.replace('_', ' ')}"
    return field.type


def _rules(field: Field) -> str:
    rules = []
    if field.enum:
        rules.append(", ".join(f"`{value}`" for value in field.enum))
    low = field.minimum if field.minimum is not None else field.earliest
    high = field.maximum if field.maximum is not None else field.latest
    rules += [f"≥ {low}"] if low is not None else []
    rules += [f"≤ {high:,}" if field.maximum is not None else f"≤ {high}"] if high is not None else []
    rules += [f"at least {field.min_length} characters"] if (field.min_length or 0) > 1 else []
    rules += [f"at most {field.max_length} characters"] if field.max_length is not None else []
    rules += [f"matches `{field.pattern}`"] if field.pattern is not None else []
    return "; ".join(rules)
