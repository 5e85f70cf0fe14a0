"""`ecom contracts try`: messages judged on the spot, without any service and without Spark."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import load_settings
from ecom.commands.files import opened

if TYPE_CHECKING:
    from ecom.contracts.model import Contract
    from ecom.contracts.trial import Line, Trial, Tried


def try_messages(
    files: Annotated[
        list[str], typer.Argument(help="JSON Lines: a message a line, or as `ecom produce --file` takes.")
    ],
    contract: Annotated[Path | None, typer.Option(help="A contract's file; default: all of ECOM_CONTRACTS.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Try every message by the contract of this dataset.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, the counts last.")] = False,
) -> None:
    """Judge messages by the contracts here and now: no service is asked. `-` is standard input.

    A line is a message, or a record with "topic", "key", "headers" and "value", as `ecom produce --file` takes it; a
    record is tried by the contract of its topic, unless one is named. A message counts as received now. The first of
    several copies of an event counts; the others are duplicates. Exit 1 when a message is rejected.

    Example: ecom contracts try orders.jsonl --dataset orders
    """
    from ecom.contracts.judge.gc_pause import gc_paused

    trial = _trial(contract, dataset)
    out = sys.stdout
    with gc_paused():
        for tried in trial.each(_with_contract(read_lines(files), trial)):
            if as_json:
                out.write(json.dumps(tried.to_json(), ensure_ascii=False) + "\n")
            elif tried.reasons or tried.warnings:
                out.writelines(f"{line}\n" for line in _told(tried))
    _sum_up(trial, out, as_json)
    if trial.counts["rejected"]:
        raise typer.Exit(ExitCode.FINDING)


def _trial(path: Path | None, dataset: str | None) -> "Trial":
    from ecom.contracts.loader import load_contract, load_datasets
    from ecom.contracts.trial import Trial

    if path is not None:
        return Trial([], only=_named(load_contract(path), dataset))
    contracts = load_datasets(load_settings())
    if dataset is not None and dataset not in contracts:
        sentence = f"There is no contract of dataset `{dataset}`; these are: {', '.join(contracts)}."
        raise EcomError(sentence, ExitCode.USAGE)
    only = contracts[dataset] if dataset else next(iter(contracts.values())) if len(contracts) == 1 else None
    return Trial(contracts.values(), only)


def _named(contract: "Contract", dataset: str | None) -> "Contract":
    if dataset not in (None, contract.dataset):
        sentence = f"{contract.path} is the contract of `{contract.dataset}`, not of `{dataset}`; leave out --dataset."
        raise EcomError(sentence, ExitCode.USAGE)
    return contract


def _with_contract(lines: Iterable["Line"], trial: "Trial") -> Iterator["Line"]:
    for line in lines:
        if line.topic is None and trial.only is None:
            where = f"{line.file}:{line.number}"
            sentence = f"{where}: the message says nothing of its topic; name its contract with --dataset."
            raise EcomError(sentence, ExitCode.USAGE)
        yield line


def read_lines(files: list[str]) -> Iterator["Line"]:
    """The messages of JSON Lines files; `-` is standard input. Raises EcomError where a file cannot be read."""
    for file in files:
        with opened(file, "check its name") as lines:
            yield from _read(lines, file)


def _read(lines: Iterable[bytes], file: str) -> Iterator["Line"]:
    """Blank lines are none. A byte order mark before the first is the file's, not the message's."""
    from ecom.contracts.trial import Line

    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        yield _record(text, file, number) or Line(file, number, None, text.rstrip(b"\r\n"))


def _record(text: bytes, file: str, number: int) -> "Line | None":
    """None: the line is no record as `ecom produce` takes it, but the message itself."""
    from ecom.contracts.trial import Line
    from generator.jsonl import BadLineError, parse_line

    if b'"topic"' not in text or b'"value' not in text:
        return None
    try:
        record = parse_line(text)
    except BadLineError:
        return None
    return Line(file, number, record.key, record.value, record.topic, record.headers)


def _told(tried: "Tried") -> Iterator[str]:
    from ecom.base.sql_text import one_line

    verdict = "rejected" if tried.reasons else "accepted with a warning"
    yield f"{tried.line.file}:{tried.line.number}: {verdict} ({tried.dataset})"
    for reason in tried.reasons or tried.warnings:
        yield f"    {one_line(reason.field)}  {reason.rule}  {one_line(reason.found or 'nothing was found')}"


def _sum_up(trial: "Trial", out: TextIO, as_json: bool) -> None:
    counts, by_rule = dict(trial.counts), trial.rules.most_common()
    if as_json:
        rules, warnings = _rules(trial.rules), _rules(trial.warned)
        found = {"messages": trial.counts.total(), "counts": counts, "rules": rules, "warnings": warnings}
        out.write(json.dumps(found) + "\n")
        return
    told = {"accepted": "accepted", "duplicate": "duplicates", "rejected": "rejected", "other": "of other topics"}
    parts = [f"{counts.get(name, 0):,} {words}" for name, words in told.items() if name != "other" or name in counts]
    total = trial.counts.total()
    out.write(f"{total:,} message{'' if total == 1 else 's'}: {', '.join(parts)}\n")
    out.writelines(f"    {count:>9,}  {field}  {rule}\n" for (field, rule), count in by_rule)
    by_warning = trial.warned.most_common()
    out.writelines(f"    {count:>9,}  {field}  {rule} (a warning)\n" for (field, rule), count in by_warning)


def _rules(counts: "Counter[tuple[str, str]]") -> list[dict[str, object]]:
    return [{"field": field, "rule": rule, "messages": count} for (field, rule), count in counts.most_common()]
