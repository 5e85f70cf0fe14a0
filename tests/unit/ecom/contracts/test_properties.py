"""What the custom properties of a contract may hold."""

from typing import Any

import pytest

from ecom.contracts import properties
from ecom.contracts.properties import OF_DATASET, OF_FIELD

GOOD: list[tuple[str, Any]] = [
    ("jsonPath", "$.payload.orderId"),
    ("jsonPath", "$['odd name'].a-b"),
    ("unit", "major"),
    ("unit", "minor"),
    ("timestampFormat", "epoch_millis"),
    ("valueMap", {"CANCELED": "CANCELLED", "pending": None}),
    ("constant", "CAPTURED"),
    ("constant", 7),
    ("default", "synthetic:{event_id}"),
    ("requiredWhen", {"event_type": ["purchase"]}),
    ("keep", "latest"),
    ("key", "product_id"),
    ("key", ["product_id", "warehouse"]),
    ("identity", "payment"),
]
BAD: list[tuple[str, Any, str]] = [
    ("jsonPath", "order_id", "is not a path"),
    ("jsonPath", "$", "is not a path"),
    ("jsonPath", "$.a.*", "is not a path"),
    ("jsonPath", "$['it\\'s']", "is not a path"),
    ("jsonPath", 7, "is not a path"),
    ("unit", "cents", "must be one of major, minor"),
    ("timestampFormat", "unix", "is none of iso8601, iso8601_lenient, epoch_seconds"),
    ("valueMap", {}, "must map words"),
    ("valueMap", ["a"], "must map words"),
    ("valueMap", {True: "PAID"}, "put it in quotes"),
    ("valueMap", {"yes": 1}, "put it in quotes"),
    ("constant", ["a"], "must be a text, number or boolean"),
    ("requiredWhen", {}, "must name another property"),
    ("requiredWhen", "event_type", "must name another property"),
    ("keep", "newest", "must be one of log, latest"),
    ("key", [], "must be the name of a property"),
    ("key", [7], "must be the name of a property"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_value_that_can_be_used_has_no_complaint(name: str, value: Any) -> None:
    assert (OF_FIELD | OF_DATASET)[name].check(value) is None


@pytest.mark.parametrize(("name", "value", "says"), BAD)
def test_one_that_cannot_is_told_what_would_do(name: str, value: Any, says: str) -> None:
    assert says in ((OF_FIELD | OF_DATASET)[name].check(value) or "")


def test_an_entry_s_properties_are_read_by_name() -> None:
    entry = {"customProperties": [{"property": "unit", "value": "minor"}, {"property": "keep"}]}
    assert properties.of(entry) == {"unit": "minor", "keep": None}
    assert properties.of({}) == {}


@pytest.mark.parametrize(
    ("value", "columns"),
    [
        (None, None),
        ("event", ()),
        ("payment", ("payment_id", "status", "amount")),
        ("code", ("code",)),
        (["a", "b"], ("a", "b")),
    ],
)
def test_identity_is_the_columns_by_which_a_repeat_is_known(value: Any, columns: tuple[str, ...] | None) -> None:
    assert properties.identity(value) == columns
