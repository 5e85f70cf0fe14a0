"""A topic by a contract alone, a derived table by one file, a mart by one SQL file: CONTRIBUTING's recipes.

In a copy of the checkout, by the commands that a user types; tests/e2e/by_contract/ holds the four files.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dashboard.checks.account import OffsetSet, compare, offsets_sql
from ecom.base.settings import ROOT, Settings
from ecom.contracts.judge import Judge
from ecom.contracts.loader import load_datasets
from ecom.lake.trino import query
from ecom.trust.freshness import layers
from generator.jsonl import Record
from generator.message import encode
from tests.lake import environment_of, produce_records

FILES = Path(__file__).parent / "by_contract"
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", ".ecom", "__pycache__", "*.egg-info", ".*_cache", "target", "logs")
T0 = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)


@dataclass
class Shop:
    """A copy of the checkout with the four files, on the test's stack and lake."""

    folder: Path
    settings: Settings

    def type(self, *command: str, code: int = 0) -> str:
        """`ecom COMMAND`, as typed in the copy; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "ecom", *command],
            cwd=self.folder,
            env=environment_of(self.settings) | {"PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert done.returncode == code, f"ecom {' '.join(command)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def send(self, *messages: tuple[str, dict[str, Any] | None]) -> None:
        """By coupon; None is a tombstone."""
        topic = self.settings.topics["coupons"]
        produce_records(
            self.settings, [Record(topic, key.encode(), None if m is None else encode(m)) for key, m in messages]
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return query(self.settings, sql).rows


def coupon(coupon_id: str, event_id: str, state: str = "ISSUED", minute: int = 0, **given: Any) -> dict[str, Any]:
    return {
        "event_id": event_id, "coupon_id": coupon_id, "state": state, "currency": "EUR", "amount": "5.00",
        "event_ts": (T0 + timedelta(minutes=minute)).isoformat(),
    } | given  # fmt: skip


@pytest.fixture(scope="module")
def shop(module_lake: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop") / "checkout"
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED, symlinks=True)
    shutil.copy(FILES / "coupons.odcs.yaml", folder / "contracts")
    shutil.copy(FILES / "coupon_life.py", folder / "spark_jobs" / "derived")
    shutil.copy(FILES / "fct_coupons_day.sql", folder / "dbt_project" / "models" / "gold")
    shutil.copy(FILES / "fct_coupons_day.yml", folder / "dbt_project" / "models" / "gold")
    topics = module_lake.topics | {"coupons": module_lake.topics["orders"].replace("orders", "coupons")}
    settings = module_lake.model_copy(update={"ecom_contracts": folder / "contracts", "topics": topics})
    yield Shop(folder, settings)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def built(shop: Shop) -> Shop:
    """Good, bad, repeated and late messages of the new topic, and some orders, to the end of Gold."""
    shop.type("contracts", "docs")
    shop.send(
        ("c-1", coupon("c-1", "e-1")),
        ("c-1", coupon("c-1", "e-2", "used", 10)),
        ("c-1", coupon("c-1", "e-2", "used", 10)),  # told again
        ("c-2", coupon("c-2", "e-3", minute=5)),
        ("c-2", coupon("c-2", "e-4", "EXPIRED", 20)),
        ("c-2", coupon("c-2", "e-5", "REDEEMED", 15)),  # late: c-2 has expired all the same
        ("c-3", coupon("c-3", "e-6", "LOST")),
        ("c-3", coupon("c-3", "e-7", amount="5.001")),
        ("c-4", coupon("c-4", "e-8", "REDEEMED", 30, amount="7.50")),
    )
    shop.type("produce", "--dataset", "coupons", "--messages", "300", "--seed", "5", "--bad-status", "0.05")
    shop.type("produce", "--orders", "40", "--seed", "5")
    shop.type("run", "all")
    return shop


def test_its_good_bad_and_repeated_messages_are_where_they_belong(built: Shop) -> None:
    ours = "coupon_id in ('c-1', 'c-2', 'c-3', 'c-4')"
    clean = built.rows(f"select event_id, state, amount from silver.coupons_clean where {ours} order by 1")
    assert [(row[0], row[1]) for row in clean] == [
        ("e-1", "ISSUED"), ("e-2", "REDEEMED"), ("e-3", "ISSUED"), ("e-4", "EXPIRED"), ("e-5", "REDEEMED"),
        ("e-8", "REDEEMED"),
    ]  # fmt: skip
    assert clean[0][2] == Decimal("5.0000")
    assert built.rows("select event_id from silver.coupons_duplicates where event_id = 'e-2'") == [("e-2",)]
    reasons = "select r.field, r.rule from silver.quarantine cross join unnest(reasons) as r (field, rule, found)"
    where = "where raw_value like '%\"e-6\"%' or raw_value like '%\"e-7\"%' order by 1"
    assert built.rows(f"{reasons} {where}") == [("amount", "too_many_fraction_digits"), ("state", "not_allowed")]


def test_the_latest_of_each_key_is_kept_and_a_tombstone_deletes(built: Shop) -> None:
    current = "select coupon_id, state from silver.coupons_current where coupon_id like 'c-%' order by 1"
    assert built.rows(current) == [("c-1", "REDEEMED"), ("c-2", "EXPIRED"), ("c-4", "REDEEMED")]


def test_the_jobs_and_the_contract_s_own_judge_agree_on_every_message(built: Shop) -> None:
    contract = load_datasets(built.settings)["coupons"]
    judge = Judge(contract)
    raw = built.rows("select raw_key, raw_value, ingest_ts from bronze_raw.coupons_raw where raw_value is not null")
    expected = Counter(
        bool(judge(key.encode(), value.encode(), _micros(at), _micros(at)).reasons) for key, value, at in raw
    )
    refused = built.rows("select count(*) from silver.coupons_quarantine where raw_value is not null")[0][0]
    conflicts = built.rows("select count(*) from silver.coupons_quarantine where reasons[1].rule = 'conflict'")[0][0]
    assert refused - conflicts == expected[True] > 5


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000


def test_it_is_in_the_account_which_adds_up(built: Shop) -> None:
    found = json.loads(built.type("account", "--json"))
    ours = [p for p in found["partitions"] if p["topic"] == built.settings.topics["coupons"]]
    assert found["ok"] and len(ours) == 3 and all(p["adds_up"] for p in ours)
    assert sum(p["clean"] for p in ours) > 200 and sum(p["quarantined"] for p in ours) > 5


def test_explain_finds_it_by_its_id(built: Shop) -> None:
    found = json.loads(built.type("explain", "c-2", "--json"))
    assert [event["event_id"] for event in found["events"]] == ["e-3", "e-5", "e-4"]


def test_freshness_and_the_trust_strip_know_it(built: Shop) -> None:
    found = layers(built.settings)
    assert found.bronze.behind == 0 and found.silver.since is None
    contracts = load_datasets(built.settings)
    sets = [OffsetSet(*row) for row in built.rows(offsets_sql(contracts.values()))]
    assert built.settings.topics["coupons"] in {one.topic for one in sets}
    assert compare(sets).wrong == 0
    built.send(("c-1", coupon("c-1", "e-9", "EXPIRED", 40)))
    assert layers(built.settings).bronze.behind == 1


def test_the_derived_table_and_the_mart_equal_their_recomputation(built: Shop) -> None:
    life = "select coupon_id, state, steps from silver.coupon_life where coupon_id in ('c-1', 'c-2') order by 1"
    assert built.rows(life)[1] == ("c-2", "EXPIRED", 3)
    verified = json.loads(built.type("verify", "--json"))
    names = {one["table"] for one in verified["comparisons"]}
    assert verified["ok"] and {"silver.coupon_life", "silver.coupons: verdicts and Bronze"} <= names
    assert built.rows(_MART) == built.rows(_MART_AGAIN)
    passed = "select status from gold_audit.dbt_results where node_id like '%equals_recomputation_fct_coupons_day%'"
    assert built.rows(passed)[-1] == ("pass",)


_MART = "select last_day, currency, amount, redeemed from gold.fct_coupons_day order by 1, 2"
_MART_AGAIN = """
select last_day, currency, cast(sum(amount) as decimal(38, 4)), count(*)
from silver.coupon_life where state = 'REDEEMED' group by 1, 2 order by 1, 2"""


def test_a_later_wave_moves_only_what_it_touches_and_a_new_optional_field_needs_no_rebuild(built: Shop) -> None:
    _add_field(built.folder / "contracts" / "coupons.odcs.yaml")
    built.type("contracts", "docs")
    version = built.rows('select max(version) from silver."coupon_life$history"')[0][0]
    built.send(
        ("c-4", coupon("c-4", "e-10", "EXPIRED", 50, campaign="spring")),  # its use no longer counts
        ("c-5", coupon("c-5", "e-11", "REDEEMED", 55, campaign="spring")),
        ("c-2", None),
    )
    built.type("run", "all")
    assert built.rows("select event_id, campaign from silver.coupons_clean where campaign is not null order by 1") == [
        ("e-10", "spring"), ("e-11", "spring")
    ]  # fmt: skip
    assert built.rows("select count(*) from silver.coupons_clean where event_id = 'e-1'") == [(1,)]
    assert built.rows("select coupon_id from silver.coupons_current where coupon_id like 'c-%' order by 1") == [
        ("c-1",), ("c-4",), ("c-5",)
    ]  # fmt: skip
    assert built.rows(_MART) == built.rows(_MART_AGAIN)
    changed = "select distinct coupon_id from table(delta.system.table_changes('silver', 'coupon_life', {}))"
    assert {row[0] for row in built.rows(changed.format(version))} == {"c-1", "c-4", "c-5"}
    assert json.loads(built.type("account", "--json"))["ok"]


def _add_field(contract: Path) -> None:
    text = contract.read_text()
    new = "      - {name: campaign, logicalType: string, description: Why it was given.}\n"
    contract.write_text(text.replace("      - name: event_ts\n", new + "      - name: event_ts\n"))


def test_a_change_set_that_fails_its_audit_changes_nothing_and_says_where_it_is(built: Shop) -> None:
    before = built.rows(_MART)
    built.send(*((f"c-x{n}", coupon(f"c-x{n}", f"x-{n}", "REDEEMED", 60, amount="9999.00")) for n in range(12)))
    done = subprocess.run(
        [sys.executable, "-m", "ecom", "run", "all"],
        cwd=built.folder, env=environment_of(built.settings) | {"PYTHONPATH": str(built.folder)},
        capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode != 0
    assert "was left as it was" in done.stderr and "more than a day's coupons are worth" in done.stderr
    assert built.rows(_MART) == before


def test_a_derived_table_that_lacks_a_field_is_told_and_the_rest_goes_on(built: Shop) -> None:
    contract = built.folder / "contracts" / "coupons.odcs.yaml"
    contract.write_text(contract.read_text().replace("- name: state\n", "- name: what\n"))
    output = built.type("contracts", "check", code=1)
    assert "coupons.odcs.yaml:" in output and "has no property `state`" in output
    assert os.access(contract, os.R_OK)
