"""The rules that a message can break: the words in a quarantined record's `reasons`."""

from enum import StrEnum


class Rule(StrEnum):
    """`explanation` says when a field breaks the rule; `$` is the message as a whole."""

    INVALID_UTF8 = "invalid_utf8"
    NULL_VALUE = "null_value"
    NOT_JSON = "not_json"
    MISSING = "missing"
    WRONG_TYPE = "wrong_type"
    NOT_ALLOWED = "not_allowed"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_CURRENCY = "unknown_currency"
    TOO_MANY_FRACTION_DIGITS = "too_many_fraction_digits"
    IN_THE_FUTURE = "in_the_future"
    AMBIGUOUS_TIME = "ambiguous_time"
    CONFLICT = "conflict"
    MORE = "more_reasons"

    @property
    def explanation(self) -> str:
        return _EXPLANATIONS[self]

    @property
    def repair(self) -> str:
        """What to do to a message that breaks it."""
        return _REPAIRS[self]


_EXPLANATIONS = {
    Rule.INVALID_UTF8: "`$`: the bytes are not UTF-8 text; a field: it holds half of a surrogate pair, or is not UTF-8",
    Rule.NULL_VALUE: "`$`: the record has no value (where the contract keeps the latest, it deletes)",
    Rule.NOT_JSON: "`$`: the text is not one JSON document; a field: the text in which it is found is none",
    Rule.MISSING: "is required, always or by another field's value, and absent, `null` or empty",
    Rule.WRONG_TYPE: "is of another type, or no exact number, or no date and time with offset",
    Rule.NOT_ALLOWED: "is not one of the allowed values, or does not match its pattern",
    Rule.OUT_OF_RANGE: "is beyond a bound, or longer than allowed",
    Rule.UNKNOWN_CURRENCY: "is no ISO 4217 code in capitals nor one of the contract's, or had ended at `event_ts`",
    Rule.TOO_MANY_FRACTION_DIGITS: "has more than the currency has",
    Rule.IN_THE_FUTURE: "is more than 24 hours ahead of both Kafka's timestamp and the time it was received",
    Rule.AMBIGUOUS_TIME: "is a time that its time zone's clock shows twice or skips, as daylight saving ends or begins",
    Rule.CONFLICT: "`event_id`: other content than an accepted event of this id and day in the same partition",
    Rule.MORE: "`$`: how many reasons there are beyond those that are listed",
}
_REPAIRS = {
    Rule.INVALID_UTF8: 'make the value UTF-8: put a "value" with the right text in place of "value_base64"',
    Rule.NULL_VALUE: "it says nothing: there is nothing to repair, unless you know what it should have said",
    Rule.NOT_JSON: "make the value one JSON object",
    Rule.MISSING: "add the field",
    Rule.WRONG_TYPE: "give the field a value of the type that the contract says",
    Rule.NOT_ALLOWED: "give the field one of the values that the contract allows",
    Rule.OUT_OF_RANGE: "correct the number, the time or the length",
    Rule.UNKNOWN_CURRENCY: "correct the currency to an ISO 4217 code in capitals that was valid at event_ts",
    Rule.TOO_MANY_FRACTION_DIGITS: "correct the amount to as many digits as the currency has",
    Rule.IN_THE_FUTURE: "correct event_ts; or send it again as it is, once its time is less than 24 hours ahead",
    Rule.AMBIGUOUS_TIME: "give the time with its offset; or let the contract say by `ambiguousTime` what it means",
    Rule.CONFLICT: "the event_id was accepted before with other fields: where this is another event, give it an "
    "event_id of its own; where it is the same one, the accepted copy stands and there is nothing to send",
    Rule.MORE: "mend the fields that are listed first",
}
