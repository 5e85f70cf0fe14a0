"""The way into a Metabase, and what is said when it is barred."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ecom.base.errors import EcomError, ExitCode
from ecom.base.secrets import keep_secret, local_secrets
from ecom.base.settings import ROOT, Settings
from ecom.commands.metabase import enter
from ecom.metabase.database import Connection, connection
from ecom.metabase.definition import load_all
from ecom.metabase.provision import Provision
from tests.fake_metabase import FakeMetabase, running
from tests.fake_metabase.state import State


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ecom_home=tmp_path)


def refused(match: str, settings: Settings, url: str, wait: float = 5, **how: Any) -> EcomError:
    with pytest.raises(EcomError, match=match) as error:
        enter(settings, url, wait, **how)
    assert "\n" not in str(error.value)
    return error.value


def test_a_metabase_that_starts_is_waited_for(
    fake: FakeMetabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecom.metabase.login.POLL_S", 0.01)
    fake.state.healthy_after = 3
    enter(settings, fake.url, 5)
    assert fake.health_asked == 4


def test_a_metabase_that_does_not_become_healthy_is_given_up(
    fake: FakeMetabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecom.metabase.login.POLL_S", 0.05)
    fake.state.healthy_after = 10**6
    refused(r"was not healthy within 0 s: it is starting \(.*initializing", settings, fake.url, 0.2)


def test_no_metabase_at_the_address_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecom.metabase.login.POLL_S", 0.05)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    refused(r"was not healthy within 0 s: connection refused", settings, url, 0.2)
    assert refused("No Metabase is named", settings, "").code == ExitCode.USAGE
    refused("localhost:3000 is no address", settings, "localhost:3000")


def test_something_that_is_no_metabase_is_said(settings: Settings, tmp_path: Path) -> None:
    serve = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "0"]
    with subprocess.Popen(serve, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            found = re.search(r"port (\d+)", server.stdout.readline() if server.stdout else "")
            assert found
            refused("is no Metabase: /api/health gives HTTP 404", settings, f"http://127.0.0.1:{found[1]}")
        finally:
            server.terminate()


@pytest.mark.parametrize(
    ("tag", "taken"), [("v0.57.9", False), ("v1.50.1", False), ("v0.58.1", True), ("vLOCAL", True)]
)
def test_a_version_that_is_too_old_is_refused(settings: Settings, tag: str, taken: bool) -> None:
    with running(State(tag=tag)) as fake:
        if taken:
            enter(settings, fake.url, 5)
        else:
            refused(rf"is {re.escape(tag)}; v0\.58 or newer is needed", settings, fake.url)
            assert fake.state.users == {}


def test_a_metabase_that_a_person_set_up_asks_for_a_login_or_a_key(fake: FakeMetabase, settings: Settings) -> None:
    fake.state.person()
    error = refused("is already set up and refuses admin@example.com", settings, fake.url)
    assert "METABASE_API_KEY" in str(error) and error.code == ExitCode.USAGE
    theirs = {"metabase_user": "owner@example.org", "metabase_password": "owner's own 1"}
    given = Settings.model_validate({"ecom_home": settings.ecom_home} | theirs)
    enter(given, fake.url, 5)
    assert len(fake.state.users) == 2, "the owner, and whoever the key stands for"


def test_an_administrator_s_key_is_enough_and_another_s_is_not(fake: FakeMetabase, settings: Settings) -> None:
    client = enter(settings, fake.url, 5)
    for name, group, let_in in (("theirs", 2, True), ("reader", 1, False)):
        key = client.post("/api/api-key", {"name": name, "group_id": group})["unmasked_key"]
        given = Settings.model_validate({"ecom_home": settings.ecom_home / name, "metabase_api_key": key})
        if let_in:
            enter(given, fake.url, 5)
        else:
            refused("is not an administrator's", given, fake.url)
    wrong = Settings.model_validate({"ecom_home": settings.ecom_home, "metabase_api_key": "mb_wrong"})
    error = refused("refuses METABASE_API_KEY", wrong, fake.url)
    assert "mb_wrong" not in str(error)


def test_a_key_that_somebody_deleted_is_made_again(fake: FakeMetabase, settings: Settings) -> None:
    enter(settings, fake.url, 5)
    (key,) = fake.state.keys.values()
    fake.state.sessions.pop(key["secret"])
    fake.state.sessions["still there"] = key["user_id"]
    key["secret"] = "still there"
    enter(settings, fake.url, 5)
    assert len(fake.state.keys) == 1
    (name,) = [one for one in local_secrets(settings.ecom_home) if one.startswith("METABASE_API_KEY_")]
    assert local_secrets(settings.ecom_home)[name] == key["secret"] != "still there"


def test_one_metabase_s_key_is_not_shown_to_another(settings: Settings) -> None:
    with running() as one, running() as other:
        enter(settings, one.url, 5)
        enter(settings, other.url, 5)
        keys = [key["secret"] for fake in (one, other) for key in fake.state.keys.values()]
    stored = local_secrets(settings.ecom_home)
    assert sorted(v for k, v in stored.items() if k.startswith("METABASE_API_KEY_")) == sorted(keys)
    assert ("GET", "/api/user/current", 401) not in other.seen


def test_a_plan_sets_nothing_up(fake: FakeMetabase, settings: Settings) -> None:
    error = refused("is not set up yet; without --plan it will be", settings, fake.url, may_write=False)
    assert (error.code, fake.writes) == (ExitCode.FINDING, [])


def test_a_trino_that_metabase_cannot_reach_is_said_with_what_it_may_be(fake: FakeMetabase, settings: Settings) -> None:
    client = enter(settings, fake.url, 5)
    with pytest.raises(EcomError, match=r"cannot connect to Trino at 127\.0\.0\.1:22004") as error:
        Provision(client).run(load_all(), Connection("127.0.0.1", 22004))
    assert "in a container 127.0.0.1 is the container itself" in str(error.value)
    assert "couldn't connect to the database" in str(error.value), "Metabase's own words"
    assert fake.state.databases == {} == fake.state.cards


def test_tables_that_a_sync_does_not_find_are_named(
    fake: FakeMetabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecom.metabase.database.POLL_S", 0.01)
    del fake.state.tables["vw_quarantine_last_24h"]
    client = enter(settings, fake.url, 5)
    with pytest.raises(EcomError, match=r"does not know gold\.vw_quarantine_last_24h 0 s after a sync"):
        Provision(client, within=0.1).run(load_all(), Connection("trino", 8080))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ecom_port_base": 22000}, Connection("127.0.0.1", 22004)),
        ({"trino_host": "t.internal"}, Connection("t.internal", 8080)),
        ({"metabase_trino_host": "trino", "metabase_trino_port": 8080}, Connection("trino", 8080)),
        (
            {"trino_host": "t.internal", "trino_https": True, "trino_password": "p4ss"},
            Connection("t.internal", 443, True, "p4ss"),
        ),
    ],
)
def test_trino_is_where_we_find_it_unless_metabase_sees_it_elsewhere(
    tmp_path: Path, given: dict[str, Any], expected: Connection
) -> None:
    settings = Settings.model_validate({"ecom_home": tmp_path} | given)
    assert connection(settings, None, None, None, "") == expected
    made = connection(settings, "x", 1, False, "a=b")
    assert made == Connection("x", 1, options="a=b") and made.details["additional-options"] == "a=b"


def test_the_local_trino_s_password_over_https_is_the_dashboard_user_s(tmp_path: Path) -> None:
    settings = Settings(ecom_home=tmp_path, trino_https=True)
    secret = local_secrets(tmp_path)["TRINO_PASSWORD_DASHBOARD"]
    assert connection(settings, None, None, None, "").details["password"] == secret


def test_a_secret_that_somebody_else_made_joins_the_others(tmp_path: Path) -> None:
    before = local_secrets(tmp_path)
    keep_secret(tmp_path, "METABASE_API_KEY_X", "one")
    keep_secret(tmp_path, "METABASE_API_KEY_X", "two")
    assert local_secrets(tmp_path) == before | {"METABASE_API_KEY_X": "two"}


def test_the_command_says_what_it_did_and_ends_with_1_where_an_edit_stays(fake: FakeMetabase, tmp_path: Path) -> None:
    kept = {k: os.environ[k] for k in ("PATH", "HOME") if k in os.environ}
    environment = kept | {"ECOM_HOME": str(tmp_path), "ECOM_ENV_FILE": os.devnull, "METABASE_URL": fake.url}
    words = [sys.executable, "-m", "ecom", "metabase", "provision", "--trino-host", "trino", "--trino-port", "8080"]
    for edited, code, line in ((False, 0, "card Why quarantined: created"), (True, 1, "edited by a person, left as")):
        if edited:
            next(iter(fake.state.cards.values()))["display"] = "pie"
        done = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert (done.returncode, line in done.stdout) == (code, True), done.stdout + done.stderr
        assert f"{fake.url}/dashboard/" in done.stdout
