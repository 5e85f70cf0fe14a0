"""What a path of sample messages probably is: an id, a time, an amount, a word of a list, or data of a person."""

import json
import re
from dataclasses import dataclass, field

from ecom.contracts.currencies import MINOR_DIGITS
from ecom.contracts.drafting.samples import Found
from ecom.contracts.judge.time_forms import ISO, LENIENT_ISO, form_of

_TIME = re.compile(r"(^|_)(ts|time|timestamp|date|datetime|created|updated|modified|at|when|occurred)(_|$)")
_MONEY = re.compile(r"(^|_)(amount|total|subtotal|price|cost|fee|tax|revenue|value|paid|refunded|discount|sum)(_|$)")
_MINOR = re.compile(r"(^|_)(cents|minor|pence)(_|$)")
_ID = re.compile(r"(^|_)(id|uuid|guid|reference|key)$")
_PERSON = re.compile(
    r"(^|_)(e?mail|phone|mobile|first_name|last_name|full_name|surname|address|address1|street|city|zip|postcode|"
    r"postal_code|ip|ip_address|birth|birthday|birth_date|iban|ssn|latitude|longitude|user_agent)(_|$)"
)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"(^|_)(status|state|type|kind|method|channel|reason|action|op|event|outcome|result|category)$")
_EPOCHS = {10: "epoch_seconds", 13: "epoch_millis", 16: "epoch_micros", 19: "epoch_nanos"}
_DAYS = ("yyyy-MM-dd", "yyyy/MM/dd", "dd.MM.yyyy", "MM/dd/yyyy", "dd/MM/yyyy")
_DATES = (*(f"{day}{clock}" for day in _DAYS for clock in ("", " HH:mm", " HH:mm:ss")), "EEE, dd MMM yyyy HH:mm:ss XX")
MOST_WORDS, LEAST_REPEATED = 15, 3


@dataclass
class Guess:
    """`customs` are custom properties as YAML texts; `doubts` go beside the property as comments."""

    found: Found
    kind: str
    role: str = ""
    customs: dict[str, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    is_personal: bool = False
    is_list: bool = False


def guess(found: Found) -> Guess | None:
    """None: it was never anything but null, or is no one thing."""
    types = {*found.types}
    if types == {"array"}:
        return Guess(found, "array")
    if not types or "array" in types:
        return None
    made = _time(found, types) or _plain(found, types)
    if made is not None:
        made.is_personal = bool(_PERSON.search(found.name)) or all(map(_EMAIL.fullmatch, found.values))
    return made


def _time(found: Found, types: set[str]) -> Guess | None:
    texts = list(found.values)
    if types == {"string"}:
        dates = _DATES if _TIME.search(found.name) else ()
        fitting = [form for form in (ISO, LENIENT_ISO, *dates) if all(map(form_of(form), texts))]
        return _of_forms(found, fitting) if fitting else None
    if types == {"string", "integer"}:  # as a contract takes them that says nothing of the form
        read = form_of(ISO)
        are_times = ((time := read(text)) and time.offset is not None for text in texts if not _is_millis(text))
        return Guess(found, "timestamp", "time") if all(are_times) and _TIME.search(found.name) else None
    lengths = {len(text) for text in texts}
    if types == {"integer"} and len(lengths) == 1 and _TIME.search(found.name) and (length := lengths.pop()) in _EPOCHS:
        form = _EPOCHS[length]
        return Guess(found, "timestamp", "time", {} if form == "epoch_millis" else {"timestampFormat": form})
    return None


def _is_millis(text: str) -> bool:
    return len(text) == 13 and text.isdigit()


def _of_forms(found: Found, fitting: list[str]) -> Guess:
    form, read = fitting[0], form_of(fitting[0])
    has_offset = all((time := read(text)) is not None and time.offset is not None for text in found.values)
    made = Guess(found, "timestamp", "time", {} if form == ISO else {"timestampFormat": json.dumps(form)})
    if form in _DATES and len(fitting) > 1:
        made.doubts.append(f"the samples are also of the form {fitting[1]}: which of both is it?")
    if not has_offset:
        made.customs["timeZone"] = "UTC"
        made.doubts.append("times without offset: are they UTC? Else name the zone, and by ambiguousTime what is twice")
    return made


def _plain(found: Found, types: set[str]) -> Guess | None:
    texts, name = list(found.values), found.name
    are_numbers = all(map(_NUMBER.fullmatch, texts))
    if types <= {"string", "integer"} and _ID.search(name):
        return _id(found, types)
    if types == {"boolean"}:
        return Guess(found, "boolean")
    if types <= {"integer", "number", "string"} and are_numbers and _MONEY.search(name):
        return _amount(found, types)
    if types <= {"integer", "number"}:
        return Guess(found, "number" if "number" in types else "integer", customs=_exponent(texts))
    if types != {"string"}:
        return None
    return _text(found, texts)


def _text(found: Found, texts: list[str]) -> Guess:
    if all(text.upper() in MINOR_DIGITS for text in texts):
        is_folded = any(text not in MINOR_DIGITS for text in texts)
        return Guess(found, "string", "currency", {"foldCase": "true"} if is_folded else {})
    if {text.lower() for text in texts} <= {"true", "false"}:
        folded = {"foldCase": "true"} if {*texts} - {"true", "false"} else {}
        return Guess(found, "boolean", customs={"jsonType": "string"} | folded)
    made = Guess(found, "string")
    is_repeated = len(texts) <= MOST_WORDS and found.there >= LEAST_REPEATED * len(texts)
    made.is_list = is_repeated and bool(_WORD.search(found.name))
    return made


def _id(found: Found, types: set[str]) -> Guess:
    made = Guess(found, "string", "id")
    if "integer" in types:
        made.customs["jsonType"] = "integer" if types == {"integer"} else "[integer, string]"
    return made


def _amount(found: Found, types: set[str]) -> Guess:
    texts = list(found.values)
    is_major = types != {"integer"}
    made = Guess(found, "number" if is_major else "integer", "amount", {"unit": "major" if is_major else "minor"})
    made.customs |= _exponent(texts)
    if any(text.startswith("-") for text in texts):
        made.doubts.append("some are negative, and amounts are not: what do they mean?")
    if not is_major and not _MINOR.search(found.name):
        made.doubts.append("whole numbers only: minor units (cents) are guessed; else write unit: major, and number")
    return made


def _exponent(texts: list[str]) -> dict[str, str]:
    return {"exponent": "true"} if any("e" in text.lower() for text in texts) else {}
