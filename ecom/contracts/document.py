"""A contract's YAML file with its line numbers, and the problems found in it."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ecom.base.errors import EcomError, ExitCode
from ecom.contracts.bounds import first_excess

Place = Sequence[str | int]


class _Constructor(RoundTripConstructor):
    """Leaves timestamps as written: the standard's schema wants strings."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_scalar)


@dataclass
class Document:
    """The parsed file. `complain` collects; `refuse` raises once all checks have spoken."""

    path: Path
    data: Any
    problems: list[tuple[int, str]] = field(default_factory=list)

    def complain(self, place: Place, message: str, key: str | None = None) -> None:
        """Notes a problem at `place` (keys and indexes from the top), or at `key` inside of it."""
        self.problems.append((line_of(self.data, place, key), f"{label(self.data, place)}{message}"))

    def refuse(self) -> None:
        """Raises EcomError (usage) with one line a problem, if there is any."""
        if self.problems:
            lines = [f"{self.path}:{line}: {message}" for line, message in sorted(set(self.problems))]
            raise EcomError("\n".join(lines), ExitCode.USAGE)


def read_document(path: Path) -> Document:
    """The file as YAML, valid by the standard's JSON Schema. Raises EcomError (usage): file, line, what is wrong."""
    yaml = YAML(typ="rt")
    yaml.Constructor = _Constructor
    try:
        text = path.read_text(encoding="utf-8")
        excess = first_excess(text)
        if excess:
            raise EcomError(f"{path}:{excess[0]}: {excess[1]}.", ExitCode.USAGE)
        document = Document(path, yaml.load(text))
    except FileNotFoundError:
        raise EcomError(f"There is no contract {path}; ECOM_CONTRACTS names the folder.", ExitCode.USAGE) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = " ".join(str(error.problem or error).split())
        raise EcomError(f"{path}:{line}: not YAML: {problem}.", ExitCode.USAGE) from None
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise EcomError(f"{path}:1: cannot be read: {error}.", ExitCode.USAGE) from None
    for invalid in _deepest(Draft201909Validator(_schema()).iter_errors(document.data)):
        _complain_of(document, invalid)
    document.refuse()
    return document


@cache
def _schema() -> Any:
    return json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text(encoding="utf-8"))


def _deepest(errors: Iterator[ValidationError]) -> list[ValidationError]:
    """Without what merely follows: where part of an object fails, all its keys count as unevaluated."""
    flat = [leaf for error in errors for leaf in _leaves(error)]
    real = [error for error in flat if error.validator != "unevaluatedProperties"]
    inside = {tuple(error.absolute_path)[:depth] for error in real for depth in range(len(error.absolute_path) + 1)}
    return real + [error for error in flat if error not in real and tuple(error.absolute_path) not in inside]


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    if error.validator in ("anyOf", "oneOf") or not error.context:
        yield error
    else:
        for inner in error.context:
            yield from _leaves(inner)


def _complain_of(document: Document, error: ValidationError) -> None:
    place = list(error.absolute_path)
    if error.validator in ("additionalProperties", "unevaluatedProperties"):
        for key in re.findall(r"'([^']+)'", error.message.split("(", 1)[-1]):
            document.complain(place, f"`{key}` is not a key of the standard here", key)
    elif error.validator == "required":
        document.complain(place, error.message.replace("'", "`", 2))
    else:
        document.complain(place, f"{_short(error.instance)}: {_expected(error)}")


def _expected(error: ValidationError) -> str:
    if error.validator == "enum":
        return "must be one of " + ", ".join(str(value) for value in error.validator_value)
    if error.validator == "type":
        return f"must be of type {error.validator_value}"
    return error.message if len(error.message) < 200 else f"breaks `{error.validator}`"


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, dict | list) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def line_of(data: Any, place: Place, key: str | None = None) -> int:
    """The line (from 1) of what stands at `place`, or of `key` there; of its nearest parent where it has none."""
    line = 0
    here: Any = data
    for step in [*place, *([key] if key is not None else [])]:
        try:
            find = here.lc.item if isinstance(step, int) else here.lc.key
            line = find(step)[0]
            here = here[step]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line + 1


def label(data: Any, place: Place) -> str:
    """The place for a reader, such as `orders.items.quantity: `, by the names of schema objects and properties."""
    names, here = [], data
    for step in place:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(step, int):
            name = here.get("name") or here.get("property") if isinstance(here, dict) else None
            names.append(str(name or f"[{step}]"))
        elif step not in ("schema", "properties", "customProperties", "items"):
            names.append(step)
    return ".".join(names) + ": " if names else ""
