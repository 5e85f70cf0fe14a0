"""The SQL in dbt's macros and generic tests is Trino's: each is rendered for the first mart, and parsed by sqlfluff.

dbt renders a macro only when it is called, so no linter sees it in its file; the audit was such a place. What stands in
for dbt here gives a macro relations, a mart as its YAML describes it, and no database.
"""

import datetime
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
import sqlfluff
import yaml

from ecom.base.settings import ROOT

PROJECT = ROOT / "dbt_project"
# A pattern within a macro: Python warns of its \* where dbt does not.
pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence")
BLOCK = re.compile(r"\{% (macro|test) (\w+)(\(.*?\)) -?%\}(.*?)\{%-? end\1 %\}", re.DOTALL)
UNKNOWN = re.compile(r" for version as of \d+|\w+ => ")  # good Trino that sqlfluff's does not know
BUILD = {
    "mode": "changes", "generation": "g1", "version": 7, "since": 5, "target_version": 3, "target": None,
    "source": {"database": "delta", "schema": "silver", "identifier": "order_state"},
}  # fmt: skip


class ReturnedError(Exception):
    """How a macro's `return` leaves it, as in dbt."""


@dataclass(frozen=True)
class Relation:
    schema: str
    identifier: str
    database: str = "delta"

    def __str__(self) -> str:
        return f'"{self.database}"."{self.schema}"."{self.identifier}"'

    def incorporate(self, path: dict[str, str]) -> "Relation":
        return replace(self, **path)

    def without_identifier(self) -> str:
        return f'"{self.database}"."{self.schema}"'


SOURCE, MART, CHANGES = Relation("silver", "order_state"), Relation("gold", "fct"), Relation("gold_audit", "changes")


def mart() -> SimpleNamespace:
    """The first mart, as dbt's graph has it."""
    described = next(
        model
        for path in sorted((PROJECT / "models" / "gold").glob("*.yml"))
        for model in yaml.safe_load(path.read_text()).get("models", ())
        if "goes_when" in model.get("config", {}).get("meta", {})
    )
    columns = {
        one["name"]: SimpleNamespace(
            meta=one.get("meta", {}), **{k: one[k] for k in ("name", "data_type", "description")}
        )
        for one in described["columns"]
    }
    config = SimpleNamespace(unique_key=["minute_bucket", "currency"], meta=described["config"]["meta"])
    config.incremental_strategy = "merge_changes"
    common = {"name": described["name"], "alias": "fct", "identifier": "fct", "schema": "gold"}
    return SimpleNamespace(**common, resource_type="model", columns=columns, config=config, raw_code="select 1")


class Project:
    """Its macros as functions; `asked` is every statement that they had run."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._env = jinja2.Environment(extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined)
        self._env.globals |= self._context()
        self.names = set()
        for path in [*(PROJECT / "macros").glob("*.sql"), *(PROJECT / "tests" / "generic").glob("*.sql")]:
            for kind, name, arguments, body in BLOCK.findall(path.read_text()):
                called = name if kind == "macro" else f"test_{name}"
                self.names.add(called)
                self._define(called, arguments, body)

    def __call__(self, name: str, *arguments: Any, **named: Any) -> Any:
        called: Any = self._env.globals[name]
        return called(*arguments, **named)

    def _define(self, name: str, arguments: str, body: str) -> None:
        template = self._env.from_string(f"{{% macro {name}{arguments} %}}{body}{{% endmacro %}}")

        def call(*given: Any, **named: Any) -> Any:
            try:
                return getattr(template.module, name)(*given, **named)
            except ReturnedError as returned:
                return returned.args[0]

        self._env.globals[name] = call

    def _run(self, sql: str) -> Any:
        self.asked.append(str(sql))
        extent, built_from = _Row([7, 0, 5]), _Row(["g1", 7])
        return SimpleNamespace(rows=[extent if "count_if(" in sql else built_from])

    def _context(self) -> dict[str, Any]:
        def returns(value: Any) -> None:
            raise ReturnedError(value)

        def refuses(sentence: str) -> None:
            raise AssertionError(sentence)

        def tries(sql: str) -> dict[str, Any]:
            self.asked.append(str(sql))
            return {"rows": [[1]], "error": None}

        node = mart()
        return {
            "return": returns,
            "execute": True,
            "run_query": self._run,
            "adapter": SimpleNamespace(
                try_query=tries,
                get_relation=lambda database, schema, identifier: None,
                get_columns_in_relation=lambda _: list(node.columns.values()),
                cache_added=lambda _: None,
                drop_relation=lambda _: None,
            ),
            "api": SimpleNamespace(
                Relation=SimpleNamespace(
                    create=lambda database, schema, identifier, type=None: Relation(schema, identifier, database)
                )
            ),
            "exceptions": SimpleNamespace(raise_compiler_error=refuses),
            "flags": SimpleNamespace(WHICH="build"),
            "fromjson": json.loads,
            "graph": SimpleNamespace(nodes={"mart": node}, sources={}),
            "invocation_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
            "load_relation": lambda relation: relation,
            "log": lambda *_, **__: None,
            "model": node,
            "modules": SimpleNamespace(re=re, datetime=datetime),
            "render": lambda text: text,
            "run_started_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
            "target": SimpleNamespace(database="delta", schema="gold", name="dev"),
            "this": MART,
            "tojson": json.dumps,
            "var": lambda _: False,
        }


class _Row(list[Any]):
    def values(self) -> list[Any]:
        return list(self)


@pytest.fixture(scope="module")
def project() -> Project:
    return Project()


def asked_by(project: Project, name: str, *arguments: Any) -> Iterator[str]:
    project.asked.clear()
    project(name, *arguments)
    yield from project.asked


def refuse_what_is_not_sql(sql: str) -> None:
    tree = sqlfluff.parse(UNKNOWN.sub("", sql), dialect="trino")  # raises where it cannot
    assert "unparsable" not in json.dumps(tree), sql


NODE = mart()
STATEMENTS: dict[str, tuple[Any, ...]] = {
    "audit_sql": (CHANGES, MART, NODE, "select 1 as rejected_because"),
    "rejected_rows_sql": (CHANGES, NODE),
    "merge_sql": (CHANGES, MART, NODE, BUILD, list(NODE.columns)),
    "insert_build": (CHANGES, BUILD),
    "last_build_sql": (MART, SOURCE, NODE),
    "changed_keys": (SOURCE, BUILD, ["a as b"], "a"),
    "no_rows_of": (SOURCE,),
    "holes_sql": ("delta", "orders"),
    "test_not_negative": (MART, "gmv"),
    "test_expression_is_true": (MART, "a = b"),
    "test_unique_together": (MART, ["a", "b"]),
    "test_always_null": (MART, "gmv"),
    "test_equals_order_state": (MART, SOURCE),
    "test_equals_recomputation": (MART, SOURCE),
}


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_what_a_macro_makes_is_a_statement(project: Project, name: str) -> None:
    refuse_what_is_not_sql(project(name, *STATEMENTS[name]))


@pytest.mark.parametrize("mode", ["everything", "changes", "nothing"])
def test_the_touched_keys_are_a_statement_in_each_mode(project: Project, mode: str) -> None:
    keys = {"minute_bucket": "order_minute", "currency": "currency"}
    refuse_what_is_not_sql(project("touched_keys", SOURCE, BUILD | {"mode": mode}, keys, {"day": ("d", "e")}))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("extent_of_build", (SOURCE, BUILD)),
        ("can_read_changes", (SOURCE, 7, 5)),
        ("latest_version", (MART,)),
        ("generation_of", (SOURCE,)),
        ("create_table_if_missing", ("delta", "gold", "fct", ["a bigint", "b varchar"], True)),
        ("drop_stale_change_sets", ("delta",)),
        ("merge_changes", (CHANGES, MART, BUILD)),
    ],
)
def test_what_a_macro_has_run_are_statements(project: Project, name: str, arguments: tuple[Any, ...]) -> None:
    asked = list(asked_by(project, name, *arguments))
    assert asked
    for sql in asked:
        refuse_what_is_not_sql(sql)
