"""What is to be done with a thing: from what the YAML wants, what Metabase has, and what we left there."""

from dataclasses import dataclass
from enum import StrEnum

from ecom.metabase.content import Content
from ecom.metabase.marker import UNSEALED, Marker, fingerprint


class Verdict(StrEnum):
    CREATE = "created"
    UPDATE = "updated"
    ADOPT = "taken over as it is"  # somebody made exactly what is wanted
    SAME = "unchanged"
    RETIRE = "put in the trash"  # no longer defined
    EDITED = "edited by a person"
    FOREIGN = "made by a person"  # of our name, and otherwise than wanted


LEFT_ALONE = (Verdict.EDITED, Verdict.FOREIGN)


@dataclass(frozen=True)
class Found:
    """A thing in Metabase."""

    id: int
    content: Content
    marker: Marker | None


def judge(wanted: Content, found: Found | None) -> Verdict:
    """What to do with a card or dashboard; `found` is None where Metabase has none."""
    if found is None:
        return Verdict.CREATE
    if found.marker is None:
        undescribed = found.content | ({} if found.content["description"] else {"description": wanted["description"]})
        return Verdict.ADOPT if undescribed == wanted else Verdict.FOREIGN
    if found.marker.kept == UNSEALED:
        return Verdict.UPDATE
    if fingerprint(found.content) != found.marker.kept:
        return Verdict.ADOPT if found.content == wanted else Verdict.EDITED
    return Verdict.SAME if fingerprint(wanted) == found.marker.wanted else Verdict.UPDATE


def differing(wanted: Content, found: Found) -> list[str]:
    """The names of what is otherwise than wanted."""
    names = [*wanted, *(name for name in found.content if name not in wanted)]
    return [name for name in names if wanted.get(name) != found.content.get(name)]
