"""Reasons as a quarantined record has them."""

from ecom.contracts.judge.seen import MOST_PLACES, MOST_REASONS, Reason, Seen
from ecom.contracts.rules import Rule


def test_reasons_come_in_the_contract_s_order_and_the_message_s_own_first() -> None:
    seen = Seen()
    seen.breaks("currency", Rule.MISSING, None)
    seen.breaks("order_id", Rule.WRONG_TYPE, "x", "wanted: a number")
    seen.breaks("$", Rule.NULL_VALUE, None)
    assert [reason.field for reason in seen.reasons({"order_id": 0, "currency": 1})] == ["$", "order_id", "currency"]


def test_a_reason_shows_what_stood_there() -> None:
    seen = Seen()
    seen.breaks("order_id", Rule.WRONG_TYPE, "x", "wanted: a number")
    assert seen.reasons({}) == [Reason("order_id", "wrong_type", '"x" (string); wanted: a number')]


def test_the_same_rule_in_many_items_is_one_reason_with_the_first_places() -> None:
    seen = Seen()
    for seen.item in range(MOST_PLACES + 17):
        seen.breaks("items[].quantity", Rule.MISSING, None)
    (reason,) = seen.reasons({})
    assert reason.found == "items[0], items[1], items[2], items[3], items[4] and 17 more: null"


def test_two_rules_of_one_field_are_two_reasons() -> None:
    seen = Seen()
    seen.breaks("total", Rule.OUT_OF_RANGE, "1")
    seen.breaks("total", Rule.TOO_MANY_FRACTION_DIGITS, "1")
    assert len(seen.reasons({})) == 2


def test_beyond_a_hundred_reasons_only_their_number_is_said() -> None:
    seen = Seen()
    for number in range(MOST_REASONS + 7):
        seen.breaks(f"field_{number}", Rule.MISSING, None)
    found = seen.reasons({})
    assert len(found) == MOST_REASONS + 1
    assert found[-1] == Reason("$", "more_reasons", "7 more")


def test_a_next_record_begins_with_nothing_of_the_one_before() -> None:
    seen = Seen()
    seen.breaks("total", Rule.MISSING, None)
    seen.digits, seen.item = 2, 4
    seen.begin(1, 2)
    assert [seen.broken, seen.digits, seen.item] == [[], None, None]
    assert (seen.kafka_us, seen.received_us) == (1, 2)
