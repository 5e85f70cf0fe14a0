"""How much of each trouble a generated stream holds."""

from dataclasses import Field, dataclass, field, fields


def _share(default: float, description: str) -> float:
    share: float = field(default=default, metadata={"help": description})
    return share


@dataclass(frozen=True)
class Mix:
    """Shares from 0 to 1: of orders, or of messages where the description says so. `bad_*` are sent on top."""

    duplicates: float = _share(0.03, "messages that are sent again: the same bytes, or other bytes with equal fields")
    out_of_order: float = _share(0.03, "messages that arrive seconds to 20 minutes after later ones")
    late: float = _share(0.02, "orders whose events are hours to days old when they arrive")
    cancelled: float = _share(0.03, "orders that are cancelled")
    refunded: float = _share(0.03, "orders with a refund, of all or a part")
    payment_before_order: float = _share(0.03, "orders whose payments come before the order itself")
    partial: float = _share(0.03, "orders of which only a part is paid")
    split: float = _share(0.08, "orders that are paid in two or three captures")
    unpaid: float = _share(0.03, "orders without any captured payment")
    free: float = _share(0.003, "orders of total 0, without items and payments")
    other_currency_payment: float = _share(0.01, "orders with a payment in a currency that is not theirs")
    eur: float = _share(0.2, "orders in EUR (USD is what the other currencies leave)")
    jpy: float = _share(0.1, "orders in JPY, a currency without fraction digits")
    kwd: float = _share(0.05, "orders in KWD, a currency with three fraction digits")
    amount_as_string: float = _share(0.1, "orders whose amounts are JSON strings")
    no_event_id: float = _share(0.02, "messages without event_id")
    no_payment_id: float = _share(0.02, "payments without payment_id")
    bad_not_json: float = _share(0.001, "messages, on top: not JSON (cut short, single quotes, a key twice)")
    bad_trailing_text: float = _share(0.001, "messages, on top: text after the JSON value")
    bad_missing_field: float = _share(0.001, "messages, on top: a required field is missing")
    bad_wrong_type: float = _share(0.001, "messages, on top: a field of the wrong type")
    bad_status: float = _share(0.001, "messages, on top: a status that is not allowed")
    bad_negative: float = _share(0.001, "messages, on top: a negative amount")
    bad_currency: float = _share(0.001, "messages, on top: an unknown currency")
    bad_fraction_digits: float = _share(0.001, "orders messages, on top: more fraction digits than the currency has")
    bad_future: float = _share(0.001, "messages, on top: event_ts far in the future")
    bad_utf8: float = _share(0.001, "messages, on top: bytes that are not UTF-8")
    bad_tombstone: float = _share(0.001, "messages, on top: a null value")
    bad_conflict: float = _share(0.001, "messages, on top: an event_id and event_ts already sent, with other fields")

    def __post_init__(self) -> None:
        for share in shares():
            value = getattr(self, share.name)
            if not 0 <= value <= 1:
                raise ValueError(f"{share.name} is {value}, and a share is from 0 to 1")
        if self.eur + self.jpy + self.kwd > 1:
            raise ValueError("eur, jpy and kwd are more than 1 together")
        if sum(self.bad().values()) > 1:
            raise ValueError("the shares bad_* are more than 1 together")

    def bad(self) -> dict[str, float]:
        """Kinds of bad messages and their shares."""
        return {share.name: getattr(self, share.name) for share in shares() if share.name.startswith("bad_")}

    @classmethod
    def clean(cls, **given: float) -> "Mix":
        """No trouble at all but what is given."""
        return cls(**({share.name: 0.0 for share in shares()} | given))


def shares() -> tuple[Field[float], ...]:
    return fields(Mix)


# The quarantine reason of each kind of bad message. Of `bad_fraction_digits` there are none in payments, which
# come in minor units.
REASONS = {
    "bad_not_json": "not_json",
    "bad_trailing_text": "not_json",
    "bad_missing_field": "missing",
    "bad_wrong_type": "wrong_type",
    "bad_status": "not_allowed",
    "bad_negative": "out_of_range",
    "bad_currency": "unknown_currency",
    "bad_fraction_digits": "too_many_fraction_digits",
    "bad_future": "in_the_future",
    "bad_utf8": "invalid_utf8",
    "bad_tombstone": "null_value",
    "bad_conflict": "conflict",
}
