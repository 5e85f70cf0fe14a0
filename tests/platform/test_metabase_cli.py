"""Metabase's official command line (npm: @metabase/cli) against the stand-in that our own tests use.

It is only run here, never shipped (AGPL-3.0). tests/metabase_cli/ pins it and everything below it by checksum.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import playwright
import pytest

from ecom.base.settings import ROOT, Settings
from ecom.commands.metabase import enter
from ecom.metabase.client import Client
from ecom.metabase.database import Connection
from ecom.metabase.definition import load_all
from ecom.metabase.marker import split
from ecom.metabase.provision import Provision
from tests.fake_metabase import FakeMetabase

PINNED = ROOT / "tests" / "metabase_cli"
NODE = Path(playwright.__file__).parent / "driver" / "node"  # Debian 12's own is too old for it
USER = {"email": "ann@example.com", "password": "long enough 1", "first_name": "Ann"}
(SALES,) = load_all()


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command's script, installed as the lock says."""
    folder: Path = tmp_path_factory.mktemp("metabase_cli")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINNED / name, folder)
    assert shutil.which("npm"), "npm is missing; .ci/run installs it: apt-get install npm"
    words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "node_modules" / "@metabase" / "cli" / "dist" / "cli.mjs"


class Mb:
    """The command, for one Metabase, as whom the key says; its profiles in a folder of the test's own."""

    def __init__(self, entry: Path, home: Path, url: str, key: str | None) -> None:
        self.words = [str(NODE), str(entry)]
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home)}
        self.environment |= {"MB_CLI_DISABLE_KEYRING": "1", "MB_URL": url} | ({"MB_API_KEY": key} if key else {})

    def run(self, *words: str, body: Any = None) -> subprocess.CompletedProcess[str]:
        stdin = "" if body is None else json.dumps(body)
        everything = [*self.words, *words]
        return subprocess.run(everything, env=self.environment, input=stdin, capture_output=True, text=True, timeout=60)

    def __call__(self, *words: str, body: Any = None) -> Any:
        done = self.run(*words, "--json", body=body)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def client(fake: FakeMetabase, tmp_path: Path) -> Client:
    return enter(Settings(ecom_home=tmp_path), fake.url, 5)


@pytest.fixture
def mb(entry: Path, fake: FakeMetabase, client: Client, tmp_path: Path) -> Mb:
    return Mb(entry, tmp_path, fake.url, client.api_key)


def test_the_version_is_the_pinned_one(mb: Mb) -> None:
    pinned = json.loads((PINNED / "package.json").read_text())["dependencies"]["@metabase/cli"]
    assert pinned in mb.run("--version").stdout
    lock = json.loads((PINNED / "package-lock.json").read_text())["packages"]
    assert all("integrity" in one and "resolved" not in one for name, one in lock.items() if name)


def test_it_sets_up_a_fresh_one_and_is_refused_the_second_time(entry: Path, fake: FakeMetabase, tmp_path: Path) -> None:
    mb = Mb(entry, tmp_path, fake.url, "none yet")
    body = {"token": fake.state.setup_token, "user": USER, "prefs": {"site_name": "x"}}
    assert mb("setup", body=body)["id"] in fake.state.sessions
    again = mb.run("setup", "--json", body=body)
    assert again.returncode == 1 and fake.seen[-1] == ("POST", "/api/setup", 403)


def test_it_logs_in_with_the_key_and_not_with_another(mb: Mb, client: Client) -> None:
    del mb.environment["MB_API_KEY"]
    url = mb.environment["MB_URL"]
    wrong = mb.run("auth", "login", "--url", url, "--api-key", "mb_made_up")
    assert wrong.returncode != 0
    done = mb.run("auth", "login", "--url", url, "--api-key", client.api_key or "")
    assert done.returncode == 0, done.stderr
    shown = json.loads(mb.run("auth", "status", "--json").stdout)
    assert (shown["url"], shown["user"]["isAdmin"], shown["lastFailure"]) == (url, True, None)


def test_it_sees_what_ecom_provisioned(mb: Mb, client: Client, fake: FakeMetabase) -> None:
    Provision(client).run([SALES], Connection("trino", 8080))
    (database,) = mb("db", "list")["data"]
    assert (database["name"], database["engine"]) == ("Trino (delta)", "starburst")
    number = str(database["id"])
    assert mb("db", "get", number)["name"] == "Trino (delta)"
    assert [one["name"] for one in mb("db", "schemas", number)["data"]] == ["gold"]
    assert {one["name"] for one in mb("table", "list")["data"]} == set(fake.state.tables)
    cards = {one["name"]: one for one in mb("card", "list")["data"]}
    assert cards.keys() == {one.name for one in SALES.cards}
    for card in SALES.cards:
        assert split(cards[card.name]["description"])[0] == card.description
    (dashboard,) = mb("dashboard", "list")["data"]
    shown = mb("dashboard", "cards", str(dashboard["id"]))["data"]
    at = [[one[k] for k in ("col", "row", "size_x", "size_y")] for one in shown]
    assert at == [list(SALES.dashboard.refresh.at), *(list(card.at) for card in SALES.cards)]
    (collection,) = [one for one in mb("collection", "list")["data"] if one["name"] == "Sales"]
    assert len(mb("collection", "items", str(collection["id"]))["data"]) == len(SALES.cards) + 1


def test_what_it_edits_is_a_person_s_edit(mb: Mb, client: Client) -> None:
    Provision(client).run([SALES], Connection("trino", 8080))
    number = next(one["id"] for one in mb("card", "list")["data"] if one["name"].startswith("GMV, past"))
    mb("card", "update", str(number), body={"name": "Our GMV"})
    run = Provision(client)
    run.run([SALES], Connection("trino", 8080))
    assert [(one.thing, one.differs) for one in run.outcomes if one.left] == [("card GMV, past 60 minutes", ("name",))]


def test_it_makes_a_card_and_a_dashboard_of_its_own_and_runs_the_card(mb: Mb, client: Client) -> None:
    Provision(client).run([SALES], Connection("trino", 8080))
    (database,) = mb("db", "list")["data"]
    query = {"type": "native", "database": database["id"], "native": {"query": "select 1 as x"}}
    made = {"name": "x", "display": "table", "visualization_settings": {}, "dataset_query": query}
    card = mb("card", "create", body=made)
    place = {"id": -1, "card_id": card["id"], "row": 0, "col": 0, "size_x": 12, "size_y": 6}
    shown = mb("dashboard", "create", body={"name": "y", "dashcards": [place]})
    assert [one["card_id"] for one in shown["dashcards"]] == [card["id"]]
    assert mb("card", "query", str(card["id"]))["status"] == "completed"
    assert mb("db", "sync-schema", str(database["id"]))["status"] == "ok"


def test_it_is_told_when_something_is_not_there(mb: Mb) -> None:
    for words in (("card", "get", "9999"), ("dashboard", "get", "9999"), ("db", "get", "9999")):
        done = mb.run(*words, "--json")
        assert done.returncode != 0 and "ot found" in done.stderr, words
