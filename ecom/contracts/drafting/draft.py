"""The draft's text: a contract by the standard, doubts as comments where they arise."""

import json
import re
from collections.abc import Iterator

from ecom.contracts import seeds
from ecom.contracts.checks import OURS
from ecom.contracts.drafting.guesses import MOST_WORDS, Guess, guess
from ecom.contracts.drafting.samples import Found, Samples, column
from ecom.contracts.model import CURRENCY, EVENT_ID, EVENT_TS

DOUBT = "# doubt:"
_TIMES = ("event_ts", "timestamp", "event_time", "occurred", "created", "date", "updated", "ts", "time")
_IDS = ("event_id", "id", "message_id", "uuid")
_HEAD = """\
# A draft, made by `ecom contracts infer` from {count:,} messages. Read it, settle what is marked as a doubt, say in the
# descriptions what the fields mean, then try it: ecom contracts try FILE --contract THIS
apiVersion: v3.2.0
kind: DataContract
id: {dataset}-events
name: {title} events
version: 0.1.0
status: draft
description:
  purpose: To be said.
servers:
  - {{server: kafka, type: kafka, host: "127.0.0.1:9092", format: json}}
schema:
  - name: {dataset}
    physicalName: {topic}
    physicalType: topic
    logicalType: object
    description: One event of {dataset}.
    properties:
"""


def draft(samples: Samples, dataset: str, topic: str) -> str:
    """YAML text. `ecom contracts check` takes it where it holds no doubt."""
    guesses = [made for found in samples.found.values() if (made := guess(found)) is not None]
    named = _named(guesses, samples.count)
    head = _HEAD.format(count=samples.count, dataset=dataset, topic=json.dumps(topic), title=dataset.capitalize())
    lines = [line for name, made in named.items() for line in _property(name, made, samples.count, named, dataset)]
    left = [f"      {line}" for line in _left_out(samples, named)]
    return head + "".join(f"{line}\n" for line in (*lines, *left))


def _named(guesses: list[Guess], count: int) -> dict[str, Guess]:
    """Column to guess: those with a meaning of their own first."""
    named: dict[str, Guess] = {}
    for name, made in ((EVENT_TS, _best_time(guesses, count)), (EVENT_ID, _best_id(guesses, count))):
        if made is not None:
            named[name] = made
    currencies = [made for made in guesses if made.role == "currency"]
    if currencies:
        named[CURRENCY] = min(currencies, key=lambda made: (made.found.name != CURRENCY, len(made.found.path)))
        if len(currencies) > 1:
            others = ", ".join(_json_path(made.found) for made in currencies if made is not named[CURRENCY])
            named[CURRENCY].doubts.append(f"also of currencies: {others}")
    taken = {id(made) for made in named.values()}
    for made in (made for made in guesses if id(made) not in taken):
        named[_free_name(made.found, named)] = made
    return named


def _best_time(guesses: list[Guess], count: int) -> Guess | None:
    times = [made for made in guesses if made.role == "time" and made.found.there == count]
    if not times:
        return None
    best = min(times, key=lambda made: _rank(made.found, _TIMES))
    others = [_json_path(made.found) for made in times if made is not best]
    if others and _rank(best.found, _TIMES)[0] > 0:
        best.doubts.append(f"is this when it happened? Also times: {', '.join(others)}")
    return best


def _best_id(guesses: list[Guess], count: int) -> Guess | None:
    """Of the ids that are another in each message."""
    ids = [made for made in guesses if made.role == "id" and made.found.there == count]
    alone = [made for made in ids if made.found.is_all_kept and max(made.found.values.values()) == 1]
    best = min(alone, key=lambda made: _rank(made.found, _IDS), default=None)
    if best is None or _rank(best.found, _IDS)[0] == len(_IDS):
        return None
    if best.found.name != EVENT_ID:
        best.doubts.append("does it name the event? An order's own id would make later events copies: call it order_id")
    return best


def _rank(found: Found, words: tuple[str, ...]) -> tuple[int, int]:
    rank = next((at for at, word in enumerate(words) if re.search(rf"(^|_){word}(_|$)", found.name)), len(words))
    exact = next((at for at, word in enumerate(words) if found.name == word), rank + 1)
    return min(rank + 1, exact) if rank < len(words) else rank, len(found.path)


def _free_name(found: Found, named: dict[str, Guess]) -> str:
    """The last key; with those above it where that is taken."""
    names = [column(step) for step in found.path if step != ".json()"]
    for depth in range(1, len(names) + 1):
        name = "_".join(names[-depth:])[:50]
        if name not in named and name not in OURS and name not in (EVENT_ID, EVENT_TS, CURRENCY):
            return name
    return next(name for at in range(2, 1_000) if (name := f"{names[-1][:45]}_{at}") not in named)


def _json_path(found: Found) -> str:
    return "$" + "".join(found.path)


def _property(name: str, made: Guess, count: int, named: dict[str, Guess], dataset: str | None) -> Iterator[str]:
    """At the depth of a column; an item's is moved in by the caller."""
    found = made.found
    if made.role == "amount" and CURRENCY not in named:
        made = Guess(found, "number" if made.customs.get("unit") == "major" else "integer", customs=_exponent_of(made))
        made.doubts.append("an amount of no currency: add `currency` (perhaps a constant) and here a `unit`")
        if "string" in found.types:
            made.customs["jsonType"] = "string"
    doubts = [*made.doubts, *_doubts_of_words(name, made, dataset)]
    yield from (f"      {DOUBT} {doubt}" for doubt in doubts)
    yield f"      - name: {name}"
    yield f"        logicalType: {made.kind}"
    yield f"        description: {json.dumps(_described(made, count), ensure_ascii=False)}"
    if found.there == count:
        yield "        required: true"
    if made.is_personal:
        yield "        classification: confidential # looks like data of a person"
    yield from _options(made)
    if made.is_list and not made.is_personal:
        yield "        enum:"
        words = sorted(found.values.items(), key=lambda pair: -pair[1])
        yield from (f"          - {{value: {json.dumps(word, ensure_ascii=False)}}} # {n:,}" for word, n in words)
    elif _is_short_list(made):
        told = ", ".join(f"{word} {n:,}" for word, n in found.values.most_common())
        yield f"        # values: {told}"
    customs = _customs(name, made)
    if customs:
        yield "        customProperties:"
        yield from (f"          - {{property: {key}, value: {value}}}" for key, value in customs.items())
    if made.kind == "array":
        yield from _items(made, named)


def _exponent_of(made: Guess) -> dict[str, str]:
    return {name: value for name, value in made.customs.items() if name == "exponent"}


def _is_short_list(made: Guess) -> bool:
    """Few values, told beside the property."""
    words = made.found.values
    is_text = made.kind == "string" and made.role != "id" and not made.is_personal
    return is_text and len(words) <= MOST_WORDS and all(len(word) <= 40 and word.isprintable() for word in words)


def _items(made: Guess, above: dict[str, Guess]) -> Iterator[str]:
    inner = made.found.items
    if inner is None:
        yield "        items: {logicalType: string}"
        return
    yield from ("        items:", "          logicalType: object", "          properties:")
    guesses = [one for found in inner.found.values() if (one := guess(found)) is not None and one.kind != "array"]
    named: dict[str, Guess] = {}
    for one in guesses:
        named[_free_name(one.found, named)] = one
    for name, one in named.items():
        scope = above if CURRENCY in above else {}
        yield from (f"      {line}" for line in _property(name, one, inner.count, scope, None))


def _customs(name: str, made: Guess) -> dict[str, str]:
    path = made.found.path
    is_elsewhere = len(path) > 1 or path[0] != f".{name}"
    return ({"jsonPath": json.dumps(_json_path(made.found))} if is_elsewhere else {}) | made.customs


def _options(made: Guess) -> Iterator[str]:
    if made.kind == "timestamp":
        yield '        logicalTypeOptions: {minimum: "2000-01-01T00:00:00Z"}'
    elif "unit" in made.customs:
        yield "        logicalTypeOptions: {minimum: 0, maximum: 1000000000000}"
    elif made.role == "id":
        yield "        logicalTypeOptions: {minLength: 1}"


def _described(made: Guess, count: int) -> str:
    """What was seen: a description is wanted, and this is what there is to say."""
    found = made.found
    told = f"In {found.there:,} of {count:,} samples"
    values = len(found.values)
    told += f", {values:,} value{'' if values == 1 else 's'}" if made.kind != "array" and found.is_all_kept else ""
    sample = next(iter(found.values), "")
    is_shown = sample and not made.is_personal and made.kind != "array" and len(sample) <= 40
    return f"{told}, such as {sample}." if is_shown else f"{told}."


def _doubts_of_words(name: str, made: Guess, dataset: str | None) -> Iterator[str]:
    counted = seeds.COUNTED.get((dataset or "", name))
    if counted is None:
        return
    unknown = sorted(made.found.values.keys() - counted)
    if unknown or not made.is_list:
        words = ", ".join(unknown[:10])
        yield f"our rules know {', '.join(sorted(counted))}: map the words by valueMap, or to none ({words})"


def _left_out(samples: Samples, named: dict[str, Guess]) -> Iterator[str]:
    shown = {made.found.path for made in named.values()}
    for path, found in samples.found.items():
        if path not in shown:
            types = " or ".join(sorted(found.types)) or "always null"
            yield f"# left out: {_json_path(found)} ({types})"
    yield from (f"# left out: the key {json.dumps(key)}, which no path can say" for key in samples.unsayable)
    if EVENT_TS not in named:
        yield f"{DOUBT} no field is a time in every message: say by `event_ts` when the event happened"
