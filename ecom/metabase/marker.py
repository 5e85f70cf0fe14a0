"""What we know of a thing in Metabase stands in its description: there it survives whatever machine calls next.

Two fingerprints: of what the YAML wanted when we last wrote, and of what Metabase then kept of it (it may fill in
defaults). Where today's thing is not what was kept, a person edited it.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

UNSEALED = "0" * 12  # written, not read back yet: an interrupted call goes on from there
NOTE = "Made by ecom from metabase/*.yaml; what is edited here is reported there and kept."
MARKER = re.compile(r"\s*" + re.escape(NOTE) + r" \[(?P<key>\w+) (?P<wanted>[0-9a-f]{12}) (?P<kept>[0-9a-f]{12})\]")


@dataclass(frozen=True)
class Marker:
    key: str
    wanted: str
    kept: str

    def __str__(self) -> str:
        return f"{NOTE} [{self.key} {self.wanted} {self.kept}]"


def fingerprint(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def with_marker(description: str, marker: Marker) -> str:
    return f"{description}\n\n{marker}"


def split(description: str | None) -> tuple[str, Marker | None]:
    """The description as people read it, and the marker; None: not ours."""
    text = description or ""
    found = MARKER.search(text)
    if not found:
        return text.strip(), None
    return (text[: found.start()] + text[found.end() :]).strip(), Marker(**found.groupdict())
