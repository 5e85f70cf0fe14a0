"""Data on the page stays text."""

import pytest

from dashboard.states import escaped, verbatim


@pytest.mark.parametrize("mark", list("\\`*_{}[]()#+!|<>~$:&-"))
def test_each_character_that_could_format_is_escaped(mark: str) -> None:
    assert verbatim(f"a{mark}b") == f"a\\{mark}b"


def test_a_lone_backtick_in_data_leaves_nothing_unescaped() -> None:
    assert verbatim("` ![x](u)") == r"\` \!\[x\]\(u\)"
    assert "![x](u)" not in escaped("` ![x](u)")
    assert escaped("type `ecom status`!") == "type `ecom status`\\!"


def test_control_characters_are_shown() -> None:
    assert verbatim("a\nb") == r"a\\nb"


def test_an_address_is_code_and_thus_no_link() -> None:
    assert verbatim("see http://a.example/x_y, now!") == r"see  ` http://a.example/x_y, `  now\!"
    assert verbatim("x@y.example") == " ` x@y.example ` "
    assert verbatim("``www.a.example") == " ``` ``www.a.example ``` "
    assert escaped("`ecom up`https://a.example") == "`ecom up` ` https://a.example ` "
