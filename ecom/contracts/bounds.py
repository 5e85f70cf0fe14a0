"""How large and how deep a contract's YAML may be, judged by the parser's events before anything is built of them."""

from collections.abc import Iterable, Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

LONGEST_FILE = 1_000_000  # characters
DEEPEST = 32  # collections in each other; a contract of ours has ten
MOST_NODES = 20_000  # with each alias counted as what it stands for; a contract of ours has five hundred


def first_excess(text: str) -> tuple[int, str] | None:
    """The line (from 1) where the text goes beyond a bound, and which; None: nowhere. Raises YAMLError."""
    if len(text) > LONGEST_FILE:
        return 1, f"{len(text):,} characters, and a contract has at most {LONGEST_FILE:,}"
    return next(_excesses(YAML(typ="rt").parse(text)), None)


def _excesses(events: Iterable[Any]) -> Iterator[tuple[int, str]]:
    """Walks the events once. A collection's size is known at its end, and from then on each alias of it counts so."""
    open_collections: list[tuple[str | None, int]] = []  # anchor, and the count before it
    sizes: dict[str, int] = {}
    count = 0
    for event in events:
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_collections):
                yield line, f"the alias *{event.anchor} stands within what it stands for"
            count += sizes.get(event.anchor, 1)
        elif isinstance(event, ScalarEvent):
            count += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            open_collections.append((event.anchor, count))
            count += 1
            if len(open_collections) > DEEPEST:
                yield line, f"more than {DEEPEST} lists and mappings are nested here"
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            anchor, before = open_collections.pop()
            if anchor:
                sizes[anchor] = count - before
        if count > MOST_NODES:
            yield line, f"more than {MOST_NODES:,} values up to here, its aliases counted as what they stand for"
