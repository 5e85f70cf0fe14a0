"""What the Quarantine page says of the reasons that its chart has no bar for."""

from typing import Any

from dashboard.views.quarantine import OTHERS, others


def reason(n: int) -> dict[str, Any]:
    return {"field": f"field_{n}", "rule": "missing", "records": 1000 + n}


def test_each_reason_without_a_bar_is_told_with_its_count() -> None:
    assert others([]) == ""
    assert others([reason(1), reason(2)]) == r"Also: field\_1 missing 1,001, field\_2 missing 1,002. "


def test_very_many_are_counted() -> None:
    text = others([reason(n) for n in range(OTHERS + 2)])
    assert text.count("missing") == OTHERS and text.endswith("and 2 rarer ones. ")
