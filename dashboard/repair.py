"""How a quarantined record is repaired: written to a file, corrected there, sent again. Its verdict stays; what is sent
is a new record."""

import re

from ecom.lake.trino import literal

HINTS = {
    "not_json": "make the value one JSON object",
    "invalid_utf8": 'make the value UTF-8: put a "value" with the right text in place of "value_base64"',
    "null_value": "it says nothing: there is nothing to repair, unless you know what it should have said",
    "missing": "add the field",
    "wrong_type": "give the field a value of the type that the contract says",
    "not_allowed": "give the field one of the values that the contract allows",
    "out_of_range": "correct the number or the time",
    "unknown_currency": "correct the currency to an ISO 4217 code in capitals",
    "too_many_fraction_digits": "correct the amount to as many digits as the currency has",
    "in_the_future": "correct event_ts; or send it again as it is, once its time is less than 24 hours ahead",
    "conflict": "the event_id was accepted before with other fields: where this is another event, give it an event_id "
    "of its own; where it is the same one, the accepted copy stands and there is nothing to send",
}
OTHER = "correct the field as the contract says (`ecom contracts docs` writes its page)"
FILE = "repair.jsonl"
MOST = 1_000  # records of one file
_COLUMNS = {
    False: "topic, raw_key as key, raw_value as value",
    True: "topic, raw_key as key, to_base64(raw_bytes) as value_base64",
}
_SHELL = re.compile(r'([\\"$`])')  # what a shell reads within double quotes


def hint(rule: str) -> str:
    return HINTS.get(rule, OTHER)


def of_record(topic: str, partition: int, offset: int, *, is_bytes: bool) -> str:
    """The commands for one record."""
    return _commands(f"topic = {literal(topic)} and partition = {partition} and offset = {offset}", is_bytes)


def of_reason(field: str, rule: str, hours: int | None) -> str:
    """The commands for the records that break this rule, of the last `hours` or of all time."""
    since = f"quarantined_ts > current_timestamp - interval '{hours}' hour and " if hours else ""
    where = f"{since}any_match(reasons, r -> r.field = {literal(field)} and r.rule = {literal(rule)})"
    return _commands(f"{where} limit {MOST}", is_bytes=rule == "invalid_utf8")


def _commands(where: str, is_bytes: bool) -> str:
    select = f"select {_COLUMNS[is_bytes]} from silver.quarantine where {where}"
    quoted = _SHELL.sub(r"\\\1", select)
    return (
        f'TRINO_USER=operator ecom trino --execute "{quoted}" --output-format JSON > {FILE}\n'
        f"${{EDITOR:-vi}} {FILE}   # correct each line\n"
        f"ecom produce --file {FILE} && ecom run all"
    )
