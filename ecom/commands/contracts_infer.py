"""`ecom contracts infer`: a draft of a contract from samples of messages."""

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from ecom.base.errors import EcomError, ExitCode
from ecom.commands.contracts_try import read_lines

_DATASET = re.compile(r"[a-z][a-z0-9_]{0,50}")


def infer(
    files: Annotated[
        list[str], typer.Argument(help="JSON Lines: a message a line, or as `ecom produce --file` takes.")
    ],
    dataset: Annotated[str | None, typer.Option(help="The dataset's name; default: the first file's.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="Its topic; default: that of the records, or DATASET.events.")
    ] = None,
    to: Annotated[Path | None, typer.Option(help="A file that is not there yet; default: standard output.")] = None,
) -> None:
    """Draft a contract from samples: fields, types, ids, times, amounts, words; doubts are comments. `-` is standard
    input. No file is overwritten.

    Example: ecom contracts infer orders.jsonl --dataset orders --to contracts/orders.odcs.yaml
    """
    from ecom.contracts.drafting import Samples, draft
    from ecom.contracts.drafting.draft import DOUBT
    from ecom.contracts.judge.strict_json import NotJsonError, parse

    if to is not None and to.exists():
        raise EcomError(f"{to} is there already and is not overwritten; name another file with --to.", ExitCode.USAGE)
    samples, topics, unread = Samples(), set[str](), 0
    for line in read_lines(files):
        topics |= {line.topic} if line.topic else set()
        try:
            document = parse((line.value or b"").decode())
        except (NotJsonError, UnicodeDecodeError):
            document = None
        if type(document) is dict:
            samples.add(document)
        else:
            unread += 1
    name = _name(dataset, files[0])
    if not samples.count:
        raise EcomError(f"{', '.join(files)}: no line holds a JSON object; give JSON Lines.", ExitCode.USAGE)
    if len(topics) > 1 and topic is None:
        named = ", ".join(sorted(topics))
        raise EcomError(f"The records are of several topics ({named}); give one topic's alone.", ExitCode.USAGE)
    text = draft(samples, name, topic or next(iter(topics), f"{name}.events"))
    if to is None:
        sys.stdout.write(text)
    else:
        with to.open("x", encoding="utf-8") as file:
            file.write(text)
    doubts = text.count(DOUBT)
    told = f"{samples.count:,} messages read, {unread:,} were no JSON object; {doubts} doubts to settle"
    typer.echo(f"{told}{f' in {to}' if to else ''}.", err=True)


def _name(dataset: str | None, file: str) -> str:
    name = dataset or re.sub(r"[^a-z0-9]+", "_", Path(file).name.partition(".")[0].lower()).strip("_")
    if not _DATASET.fullmatch(name):
        sentence = f"`{name}` cannot name a dataset; give --dataset with small letters, digits and underscores."
        raise EcomError(sentence, ExitCode.USAGE)
    return name
