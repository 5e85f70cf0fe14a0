"""From a record to what stands at a field's path: in its value, its key or a header, also within JSON text."""

from collections.abc import Callable
from typing import Any

from ecom.contracts.judge.encodings import why_not_utf8
from ecom.contracts.judge.found import ABSENT, Unreadable
from ecom.contracts.judge.seen import Seen
from ecom.contracts.judge.strict_json import NotJsonError, parse
from ecom.contracts.model import HEADER, AsJson, Field, Match, Step
from ecom.contracts.rules import Rule

Find = Callable[[Any], Any]


def locate(field: Field, seen: Seen) -> Find:
    """From the document, or an item, to what stands at the field's path; ABSENT where nothing does, Unreadable where
    the text on the way is no good. `seen` is where the judge keeps the record that it reads."""
    if field.constant is not None or field.source == "timestamp":
        return lambda document: ABSENT
    if field.keys is not None:
        return _by_keys(field.keys)
    steps = [_step(step, seen) for step in field.path]
    start = _start(field.source, seen)

    def find(document: Any) -> Any:
        here = document if start is None else start()
        for step in steps:
            if here is ABSENT or type(here) is Unreadable:
                return here
            here = step(here)
        return here

    return find


def _by_keys(keys: tuple[str, ...]) -> Find:
    if len(keys) == 1:
        key = keys[0]
        return lambda document: document.get(key, ABSENT)

    def find(document: Any) -> Any:
        for key in keys:
            if type(document) is not dict:
                return ABSENT
            document = document.get(key, ABSENT)
        return document

    return find


def _start(source: str | None, seen: Seen) -> Callable[[], Any] | None:
    if source is None:
        return None
    if source == "key":
        return lambda: _text(seen.key, seen)
    name = source.removeprefix(HEADER)

    def last_header() -> Any:
        values = [value for header, value in seen.headers if header == name]
        return _text(values[-1], seen) if values else ABSENT

    return last_header


def _text(value: bytes | None, seen: Seen) -> Any:
    if value is None:
        return ABSENT
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        return Unreadable(Rule.INVALID_UTF8, ABSENT, why_not_utf8(value, error.start))
    if "\\u" in text:
        seen.has_escapes = True
    return text


def _step(step: Step, seen: Seen) -> Find:
    if isinstance(step, AsJson):
        return lambda value: _nested(value, seen)
    if isinstance(step, Match):
        return lambda value: _first(value, step)
    if isinstance(step, int):
        return lambda value: value[step] if type(value) is list and len(value) > step else ABSENT
    return lambda value: value.get(step, ABSENT) if type(value) is dict else ABSENT


def _first(items: Any, wanted: Match) -> Any:
    """The first item in which the word stands, as a text, a number or a boolean."""
    if type(items) is not list:
        return ABSENT
    find = _by_keys(wanted.path)
    return next((item for item in items if type(item) is dict and _word(find(item)) == wanted.word), ABSENT)


def _word(value: Any) -> str | None:
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else None


def _nested(value: Any, seen: Seen) -> Any:
    """The document in a text. Several fields are found in one text: it is parsed once a record."""
    if value is None:
        return ABSENT
    if type(value) is not str:
        return Unreadable(Rule.WRONG_TYPE, value, "wanted: JSON as text, in a string")
    if value not in seen.nested:
        try:
            seen.nested[value] = parse(value)
        except NotJsonError as error:
            seen.nested[value] = Unreadable(Rule.NOT_JSON, value, str(error))
    return seen.nested[value]
