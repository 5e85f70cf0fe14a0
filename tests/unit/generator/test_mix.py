"""Shares of trouble: from 0 to 1, and each kind of bad message has a reason."""

import pytest

from ecom.contracts.rules import Rule
from generator.mix import REASONS, Mix, shares


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"late": 1.1}, "late is 1.1, and a share is from 0 to 1"),
        ({"late": -0.1}, "late is -0.1"),
        ({"eur": 0.5, "jpy": 0.5, "kwd": 0.1}, "eur, jpy and kwd are more than 1 together"),
        ({"bad_utf8": 0.6, "bad_status": 0.6}, r"the shares bad_\* are more than 1 together"),
    ],
)
def test_shares_that_cannot_be_are_refused(given: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Mix(**given)


def test_a_clean_mix_has_no_trouble_but_what_is_given() -> None:
    mix = Mix.clean(late=0.5)
    assert mix.late == 0.5
    assert sum(getattr(mix, share.name) for share in shares()) == 0.5


def test_every_kind_of_bad_message_has_a_rule_that_the_judge_knows() -> None:
    assert set(Mix().bad()) == set(REASONS)
    assert set(REASONS.values()) <= {rule.value for rule in Rule}


def test_each_share_says_what_it_is_of() -> None:
    assert all(share.metadata["help"] for share in shares())
