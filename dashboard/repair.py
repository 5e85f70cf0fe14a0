"""How a quarantined record is repaired: written to a file, corrected there, sent again. Its verdict stays; what is sent
is a new record."""

import re

from ecom.contracts.rules import Rule
from ecom.lake.trino import literal

OTHER = "correct the field as the contract says (`ecom contracts docs` writes its page)"
FILE = "repair.jsonl"
MOST = 1_000  # records of one file
# A verdict of an older release names each item's place (`items[17].category`); shown are the fields.
FIELD = r"regexp_replace(r.field, '\[\d+\]', '[]')"
_COLUMNS = {
    False: "topic, raw_key as key, raw_value as value",
    True: "topic, raw_key as key, to_base64(raw_bytes) as value_base64",
}
_SHELL = re.compile(r'([\\"$`])')  # what a shell reads within double quotes


def how_to(rule: str) -> str:
    """What to do to a message that breaks it."""
    return Rule(rule).repair if rule in list(Rule) else OTHER


def of_record(topic: str, partition: int, offset: int, *, is_bytes: bool) -> str:
    """The commands for one record."""
    return _commands(f"topic = {literal(topic)} and partition = {partition} and offset = {offset}", is_bytes)


def of_reason(field: str, rule: str, hours: int | None) -> str:
    """The commands for the records that break this rule, of the last `hours` or of all time."""
    since = f"quarantined_ts > current_timestamp - interval '{hours}' hour and " if hours else ""
    name = FIELD if "[]" in field else "r.field"
    where = f"{since}any_match(reasons, r -> {name} = {literal(field)} and r.rule = {literal(rule)})"
    return _commands(f"{where} limit {MOST}", is_bytes=rule == "invalid_utf8")


def _commands(where: str, is_bytes: bool) -> str:
    select = f"select {_COLUMNS[is_bytes]} from silver.quarantine where {where}"
    quoted = _SHELL.sub(r"\\\1", select)
    return (
        f'TRINO_USER=operator ecom trino --execute "{quoted}" --output-format JSON > {FILE}\n'
        f"${{EDITOR:-vi}} {FILE}   # correct each line\n"
        f"ecom produce --file {FILE} && ecom run all"
    )
