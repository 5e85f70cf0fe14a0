"""The arrows of the house: who may import whom, and no circle of files."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from ecom.base.settings import ROOT

# From below to above: a room imports those before it, never one after it.
FLOORS = (
    {"ecom.base"},
    {"ecom.contracts"},
    {"ecom.lake"},
    {"ecom.dbt"},
    {"ecom.stack"},
    {"spark_jobs"},
    {"ecom.trust", "ecom.explain"},
    {"dashboard", "ecom.metabase", "ecom.orchestration"},
    {"ecom.news"},
    {"ecom.engine"},
    {"ecom.pipeline", "ecom.live", "ecom.demo"},
    {"ecom.commands"},
    {"ecom.cli", "ecom.__main__"},
)
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}
BESIDE = ("generator", "oracle", "bench")  # they judge or feed the rest, and stand beside the floors


def modules() -> dict[str, Path]:
    """Name to file, of all that is installed."""
    found = {}
    for package in ("ecom", "spark_jobs", "dashboard", *BESIDE):
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[tuple[str, int]]:
    """Modules of ours that a file imports, also within functions, and the lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((name if name in known else node.module, node.lineno) for name in inner)


def room_of(module: str) -> str | None:
    return next((room for room in FLOOR_OF if module == room or module.startswith(f"{room}.")), None)


def test_no_room_imports_one_above_it() -> None:
    known = modules()
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {room} imports {target}"
        for module, path in known.items()
        if (room := room_of(module))
        for target, line in imported(path, known)
        if (other := room_of(target)) and FLOOR_OF[other] > FLOOR_OF[room]
    ]
    assert wrong == []


def test_every_module_has_its_room() -> None:
    roomless = [m for m in modules() if room_of(m) is None and not m.startswith(BESIDE) and m != "ecom"]
    assert roomless == []


def test_only_the_command_line_imports_commands() -> None:
    known = modules()
    wrong = [
        f"{path.relative_to(ROOT)}:{line}"
        for module, path in known.items()
        if not module.startswith(("ecom.commands", "ecom.cli"))
        for target, line in imported(path, known)
        if target.startswith("ecom.commands")
    ]
    assert wrong == []


def test_the_oracle_shares_no_code_with_the_jobs() -> None:
    allowed = ("oracle", "ecom.base")
    known = modules()
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: {target}"
        for module, path in known.items()
        if module.startswith("oracle")
        for target, line in imported(path, known)
        if not target.startswith(allowed)
    ]
    assert wrong == []


def test_no_circle_of_files() -> None:
    known = modules()
    graph = {module: {target for target, _ in imported(path, known)} - {module} for module, path in known.items()}
    list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize(("lower", "upper"), [("ecom.base.errors", "ecom.cli"), ("ecom.lake.s3", "spark_jobs.silver")])
def test_the_floors_tell_up_from_down(lower: str, upper: str) -> None:
    assert FLOOR_OF[room_of(lower) or ""] < FLOOR_OF[room_of(upper) or ""]
