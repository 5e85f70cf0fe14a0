"""The reference page of the messages, written from the contracts."""

from collections.abc import Mapping

from ecom.contracts import properties
from ecom.contracts.guide import GUIDE
from ecom.contracts.judge.time_forms import NAMED
from ecom.contracts.model import HEADER, Contract, Field
from ecom.contracts.rules import Rule

INTRODUCTION = """\
<!-- Written by `ecom contracts docs` from the contracts; change those, not this page. -->
# Messages

What a shop's services send, and what makes a message quarantined. Messages are UTF-8 JSON (RFC 8259) in Kafka; the key
is what the events of one thing share, such as the order's id. Fields that are not listed are ignored, whatever they
hold. A field that is `null` counts as missing.

Unless a contract says otherwise ([below](#what-a-contract-can-say)): amounts have no exponent and no more fraction
digits, by value, than their currency has (`19.990` is good USD). Timestamps are ISO 8601 with an offset
(`2026-01-31T10:00:59.123Z`) or epoch milliseconds. `event_ts` is at most 24 hours ahead of the later of Kafka's
timestamp and the time the record was received.

Bounds for every message: brackets nest at most 1,000 deep; a field whose name ends in `_id` has at most 10,000
characters, unless its `maxLength` says less. A reason names at most five places of an array, a message at most 100
reasons. Patterns are RE2's, tried after the length: no text can hold up a run.
"""


def rules_table() -> str:
    """Every rule, and when a field breaks it."""
    rows = [f"| `{rule}` | {rule.explanation} |" for rule in Rule]
    return "\n".join(["## Reasons for quarantine", "", "| rule | the field |", "|---|---|", *rows]) + "\n"


HOW_TO_WRITE = """\
## What a contract can say

The files follow the Open Data Contract Standard 3.2.0: `enum` for allowed values, `logicalTypeOptions` for ranges,
lengths and patterns, `required`. What it leaves open is said by `customProperties`:
"""
MORE = """\
Every contract needs `event_ts`, a required timestamp: when the event happened. `event_id` is made of key and bytes
where the contract or the message has none. The statuses of `orders` and `payments` must be words that our rules count
([numbers](numbers.md)), or be mapped to them, or to none by name: else the contract is refused.

`contracts/gallery/` has contracts of messages as Shopify, Stripe, WooCommerce, PayPal, Segment, Debezium and
CloudEvents send them: `ecom contracts use` lists them, and copies one. `ecom contracts infer FILE` drafts one from
samples, `ecom contracts try FILE` says what becomes of each message, without any service.

A contract that gains an optional field gives its table a nullable column with the next run; history stays as it was
judged. A field whose type changes is refused: nothing is written.
"""


def how_to_write() -> str:
    """What a contract can say beyond the standard, with an example each."""
    rows = [
        f"| `{name}` | {whose} | {custom.example} | {custom.meaning} |"
        for whose, known in (("a field", properties.OF_FIELD), ("the dataset", properties.OF_DATASET))
        for name, custom in known.items()
    ]
    table = "\n".join(["| property | of | such as | means |", "|---|---|---|---|", *rows])
    return f"{HOW_TO_WRITE}\n{table}\n\n{MORE}\n{GUIDE}"


def reference(contracts: Mapping[str, Contract]) -> str:
    """The page in Markdown."""
    sections = [_section(contract) for contract in contracts.values()]
    return "\n".join([INTRODUCTION, *sections, rules_table(), how_to_write()])


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
        f"| `{field.name}` | {_place(field)} | {_type(field)} | {'yes' if field.required else 'no'} "
        f"| {_rules(field)} | {field.description} |".replace("|  |", "| |")
        for field in fields
    ]
    return ["| column | in the message | type | required | rules | meaning |", "|---|---|---|---|---|---|", *rows]


def _type(field: Field) -> str:
    if field.unit is not None:
        return f"amount, {field.unit} units"
    if field.timestamp_format is not None:
        zone = f" in {field.time_zone}" if field.time_zone else ""
        form = field.timestamp_format
        return f"timestamp, {form.replace('_', ' ') if form in NAMED else f'`{form}`'}{zone}"
    return f"{field.type}, as {' or '.join(field.json_types)}" if field.json_types else field.type


def _place(field: Field) -> str:
    if field.source is None:
        return f"`{field.json_path}`"
    place = {"key": "the key", "timestamp": "the record's timestamp"}.get(field.source)
    place = place or f"header `{field.source.removeprefix(HEADER)}`"
    return f"{place}, `{field.json_path}`" if field.path else place


def _rules(field: Field) -> str:
    rules = []
    if field.enum:
        rules.append(", ".join(f"`{value}`" for value in field.enum))
    low = field.minimum if field.minimum is not None else field.earliest
    high = field.maximum if field.maximum is not None else field.latest
    rules += [f"≥ {low}"] if low is not None else []
    rules += [f"≤ {high:,}" if field.maximum is not None else f"≤ {high}"] if high is not None else []
    rules += [f"at least {field.min_length} characters"] if (field.min_length or 0) > 1 else []
    rules += [f"at most {field.longest:,} characters"] if field.longest is not None else []
    rules += [f"matches `{field.pattern}`"] if field.pattern is not None else []
    rules += [f"`{word}` is our `{ours}`" for word, ours in field.words.items()]
    rules += [f"always `{field.constant}`"] if field.constant is not None else []
    rules += ["in capitals or small letters"] if field.fold_case else []
    rules += ["may have an exponent"] if field.exponent else []
    rules += [f"rounded {field.rounding.replace('_', ' ')}"] if field.rounding is not None else []
    rules += [f"`{code}` has {digits} digits" for code, digits in field.minor_digits.items()]
    rules += ["a fault is a warning"] if field.is_lenient else []
    rules += [f"`{field.default}` where absent"] if field.default is not None else []
    rules += [
        f"required where `{name}` is {' or '.join(f'`{v}`' for v in values)}"
        for name, values in field.required_when.items()
    ]
    return "; ".join(rules)
