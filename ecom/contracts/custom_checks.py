"""The custom properties of an entry: known, there once, with a value that they may have."""

from collections.abc import Mapping
from typing import Any

from ecom.contracts.document import Document, Place
from ecom.contracts.properties import Custom


def check_custom(document: Document, place: Place, entry: Any, known: Mapping[str, Custom]) -> bool:
    """Each is known, is there once, and has a value that it may have; whether all are so."""
    before = len(document.problems)
    seen: set[str] = set()
    for index, custom in enumerate(entry.get("customProperties") or []):
        name, here = custom["property"], [*place, "customProperties", index]
        if name in seen:
            document.complain(here, "is given twice")
        seen.add(name)
        if name not in known:
            document.complain(here, f"is not a custom property that we know; these are: {', '.join(known)}")
        elif complaint := known[name].check(custom.get("value")):
            document.complain(here, complaint)
    return len(document.problems) == before
