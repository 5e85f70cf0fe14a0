"""metabase/*.yaml: a dashboard and its cards, checked."""

import re
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ecom.base.errors import EcomError, ExitCode
from ecom.base.settings import ROOT

FOLDER = ROOT / "metabase"
TAG = re.compile(r"\{\{\s*(\w+)\s*\}\}")  # a filter's place in SQL
GRID = 24  # columns of a Metabase dashboard

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, Field(min_length=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Collection(Strict):
    name: Text
    description: Text


class Owner(Strict):
    name: Text
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Filter(Strict):
    """A filter of the dashboard; `{{key}}` in a card's SQL takes its value."""

    key: Key
    name: Text
    type: Literal["string/=", "string/contains", "number/="]


Place = tuple[int, int, int, int]


def check_place(what: str, at: Place) -> None:
    column, row, width, height = at
    if column < 0 or row < 0 or width < 1 or height < 1 or column + width > GRID:
        raise ValueError(f"{what}: `at` is column, row, width, height on a grid of {GRID} columns")


class Refresh(Strict):
    """Links on the dashboard that load it again every so many minutes."""

    minutes: list[Annotated[int, Field(ge=1, le=60)]] = Field(min_length=1)
    at: Place

    @model_validator(mode="after")
    def on_the_grid(self) -> Self:
        check_place("refresh", self.at)
        return self


class Card(Strict):
    key: Key
    name: Text
    description: Text
    display: Literal["line", "bar", "area", "combo", "row", "scalar", "smartscalar", "table", "pie"]
    at: Place = Field(description="column, row, width, height")
    settings: dict[str, Any] = {}
    sql: Text

    @model_validator(mode="after")
    def on_the_grid(self) -> Self:
        check_place(f"card {self.key}", self.at)
        return self


class Dashboard(Strict):
    key: Key
    name: Text
    description: Text
    width: Literal["fixed", "full"] = "fixed"
    filters: list[Filter] = []
    refresh: Refresh


class Definition(Strict):
    """One file."""

    collection: Collection
    owner: Owner
    dashboard: Dashboard
    cards: list[Card] = Field(min_length=1)

    @model_validator(mode="after")
    def tags_are_filters(self) -> Self:
        filters = {one.key for one in self.dashboard.filters}
        for card in self.cards:
            if unknown := sorted(set(TAG.findall(card.sql)) - filters):
                raise ValueError(f"card {card.key}: {unknown[0]} is no filter of the dashboard")
        return self

    @model_validator(mode="after")
    def names_are_unique(self) -> Self:
        for what in ("key", "name"):
            counted = Counter(getattr(card, what) for card in self.cards)
            twice = [value for value, count in counted.items() if count > 1]
            if twice:
                raise ValueError(f"two cards have the {what} {twice[0]}")
        return self


def load(path: Path) -> Definition:
    """Raises EcomError (usage) with file and place."""
    try:
        return Definition.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise _wrong(path, f"{place}: {first['msg'].removeprefix('Value error, ')}") from None
    except yaml.YAMLError as error:
        raise _wrong(path, " ".join(str(error).split())) from None
    except OSError as error:
        raise _wrong(path, error.strerror or str(error)) from None


def load_all(folder: Path = FOLDER) -> list[Definition]:
    """Every file of the folder. A card's key names it in Metabase, so no two files may share one."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise EcomError(f"No dashboard is defined: there is no *.yaml in {folder}.", ExitCode.USAGE)
    found = [load(path) for path in paths]
    keys = Counter(key for one in found for key in (one.dashboard.key, *(card.key for card in one.cards)))
    twice = [key for key, count in keys.items() if count > 1]
    if twice:
        raise EcomError(f"The key {twice[0]} is there twice in {folder}; keys are unique.", ExitCode.USAGE)
    return found


def _wrong(path: Path, what: str) -> EcomError:
    return EcomError(f"{path}: {what.rstrip('.')}; docs/metabase.md describes the file.", ExitCode.USAGE)
