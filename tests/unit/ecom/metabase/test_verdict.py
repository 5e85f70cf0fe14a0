"""What is done with a card, from what is wanted, what is there, and what was left there."""

from typing import Any

import pytest

from ecom.metabase.marker import UNSEALED, Marker, fingerprint
from ecom.metabase.verdict import LEFT_ALONE, Found, Verdict, differing, judge

WANTED = {"name": "Sales", "description": "What sells.", "sql": "select 1"}
OLDER = WANTED | {"sql": "select 0"}


def found(content: dict[str, Any], wanted: dict[str, Any] | None = None, kept: Any = None) -> Found:
    """Made by us when `wanted` was wanted; Metabase then kept `kept`."""
    if wanted is None:
        return Found(1, content, None)
    return Found(1, content, Marker("sales", fingerprint(wanted), kept if kept == UNSEALED else fingerprint(kept)))


@pytest.mark.parametrize(
    ("there", "verdict"),
    [
        (None, Verdict.CREATE),
        (found(WANTED, WANTED, WANTED), Verdict.SAME),
        (found(OLDER, OLDER, OLDER), Verdict.UPDATE),
        (found(OLDER, OLDER, UNSEALED), Verdict.UPDATE),
        (found(OLDER, WANTED, WANTED), Verdict.EDITED),
        (found(WANTED, OLDER, OLDER), Verdict.ADOPT),
        (found(WANTED), Verdict.ADOPT),
        (found(WANTED | {"description": ""}), Verdict.ADOPT),
        (found(OLDER), Verdict.FOREIGN),
        (found(WANTED | {"description": "Mine."}), Verdict.FOREIGN),
    ],
)
def test_what_a_person_made_or_edited_is_left_alone_and_the_rest_follows_the_yaml(
    there: Found | None, verdict: Verdict
) -> None:
    assert judge(WANTED, there) is verdict
    assert (verdict in LEFT_ALONE) == (verdict in (Verdict.EDITED, Verdict.FOREIGN))


def test_what_metabase_fills_in_by_itself_is_no_edit() -> None:
    kept = WANTED | {"cache": None}
    assert judge(WANTED, found(kept, WANTED, kept)) is Verdict.SAME


def test_what_differs_is_named_on_either_side() -> None:
    assert differing(WANTED, found(OLDER | {"tabs": ["a"]})) == ["sql", "tabs"]
    assert differing(WANTED, found(WANTED)) == []
