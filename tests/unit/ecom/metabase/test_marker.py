"""The marker in a description survives, and a description without one is a person's."""

from ecom.metabase.marker import NOTE, UNSEALED, Marker, fingerprint, split, with_marker

MARKER = Marker("orders", "0123456789ab", UNSEALED)


def test_a_description_and_its_marker_come_apart_again() -> None:
    assert split(with_marker("What sells.", MARKER)) == ("What sells.", MARKER)
    assert split(with_marker("", MARKER)) == ("", MARKER)


def test_what_a_person_wrote_around_it_stays() -> None:
    assert split(f"Before. \n {MARKER} After.") == ("Before. After.", MARKER)


def test_a_description_of_a_person_s_has_none() -> None:
    assert split(None) == split("  ") == ("", None)
    assert split(f" {NOTE} ") == (NOTE, None)


def test_a_fingerprint_does_not_depend_on_the_order_of_keys() -> None:
    one, other = {"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1}
    assert fingerprint(one) == fingerprint(other) != fingerprint({"a": 1, "b": [2, 1]})
    assert len(fingerprint(one)) == len(UNSEALED)
