"""Where in a record a field is found."""

from typing import Any

from oracle.contracts import Rule, Step
from oracle.records import Record
from oracle.rules import BrokenError
from oracle.strict_json import NotJsonError, Number, parse

HEADER = "header:"


def find(record: Record, document: Any, rule: Rule) -> Any:
    """What lies at the field's path, None where there is nothing (or null). Raises BrokenError where a text on the way
    is no good."""
    here = document if rule.source is None else _beside(record, rule.source)
    for step in rule.path:
        here = None if here is None else _follow(here, step)
    return here


def _beside(record: Record, source: str) -> str | None:
    """The key or a header, as text."""
    given = record.key
    if source.startswith(HEADER):
        named = dict(record.headers)  # of several of one name the last
        given = named.get(source[len(HEADER) :])
    try:
        return None if given is None else given.decode()
    except UnicodeDecodeError:
        raise BrokenError("invalid_utf8") from None


def _follow(here: Any, step: Step) -> Any:
    kind, wanted = step
    if kind == "json":
        return _document(here)
    if kind == "key":
        return here.get(wanted) if isinstance(here, dict) else None
    if not isinstance(here, list):
        return None
    if kind == "index":
        return here[wanted] if wanted < len(here) else None
    for item in here:
        if isinstance(item, dict) and _holds(item, *wanted):
            return item
    return None


def _holds(item: Any, names: list[str], word: str) -> bool:
    for name in names:
        item = item.get(name) if isinstance(item, dict) else None
    if isinstance(item, bool):
        return word == str(item).lower()
    return isinstance(item, str) and item == word


def _document(text: Any) -> Any:
    if not isinstance(text, str) or isinstance(text, Number):
        raise BrokenError("wrong_type")
    try:
        return parse(text)
    except NotJsonError:
        raise BrokenError("not_json") from None
