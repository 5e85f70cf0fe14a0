"""What every reader of a field shares: how it is called, and what it says of a value that is not there or no good."""

from collections.abc import Callable
from typing import Any

from ecom.contracts.judge.found import ABSENT, Unreadable
from ecom.contracts.judge.seen import Seen
from ecom.contracts.model import Field
from ecom.contracts.rules import Rule

# The parsed value (ABSENT where there is none) to the column's value; what it breaks is noted in Seen.
Reader = Callable[[Any, Seen], Any]


def missing_or_wrong(field: Field, name: str, value: Any, seen: Seen, wanted: str) -> None:
    """Notes that a required value is not there, or that one is of another type than `wanted`."""
    if value is ABSENT or value is None:
        if field.required:
            seen.breaks(name, Rule.MISSING, value)
    elif type(value) is Unreadable:
        seen.breaks(name, value.rule, value.value, value.note)
    else:
        seen.breaks(name, Rule.WRONG_TYPE, value, f"wanted: {wanted}")
