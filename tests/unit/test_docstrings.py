"""Whoever calls a longer function finds in its docstring what it does, in a sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

from ecom.base.settings import ROOT

SHORT = 10  # lines; what is shorter may speak for itself
FOLDERS = ("ecom", "spark_jobs", "dashboard", "generator", "oracle", "airflow", "bench")
# Of people who work on these files now.
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(tree: ast.Module) -> Iterator[Function]:
    """Functions of the module and methods of its classes that others may call."""
    for node in tree.body:
        within = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        yield from (one for one in within if isinstance(one, Function) and not one.name.startswith("_"))


def is_described(function: Function) -> bool:
    """A DAG's text is its module's, which Airflow shows."""
    is_dag = any(ast.unparse(one).startswith("dag(") for one in function.decorator_list)
    text = (ast.get_docstring(function) or "").split("\n\n")[0].rstrip()
    return is_dag or (len(text.split()) >= 3 and text[-1] in ".?:)" and not text.endswith(("...", "…")))


def undescribed(path: Path) -> list[str]:
    """Longer public functions without a sentence, as `file:line name`."""
    return [
        f"{path}:{one.lineno} {one.name}"
        for one in public_functions(ast.parse(path.read_text()))
        if (one.end_lineno or 0) - one.lineno + 1 >= SHORT and not is_described(one)
    ]


def test_every_longer_public_function_says_in_a_sentence_what_it_does() -> None:
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 100
    assert [line for path in files for line in undescribed(path)] == []


def test_a_missing_and_an_unfinished_docstring_are_seen(tmp_path: Path) -> None:
    body = "\n".join(f"    x = {n}" for n in range(SHORT))
    file = tmp_path / "some.py"
    file.write_text(f'def bare():\n{body}\n\n\ndef riddle():\n    """And then one more ..."""\n{body}\n')
    assert [line.split()[-1] for line in undescribed(file)] == ["bare", "riddle"]
