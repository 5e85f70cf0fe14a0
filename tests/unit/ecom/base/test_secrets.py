"""The secrets file: made once, private, and never overwritten by what is generated."""

import stat
from pathlib import Path

import pytest

from ecom.base.errors import EcomError
from ecom.base.secrets import MADE_BY, keep_secret, local_secrets


def test_every_secret_is_made_once_and_found_again(tmp_path: Path) -> None:
    first = local_secrets(tmp_path)
    assert set(first) == set(MADE_BY)
    assert all(len(value) >= 20 for value in first.values())
    assert len(set(first.values())) == len(first)
    assert local_secrets(tmp_path) == first


def test_two_homes_share_no_secret(tmp_path: Path) -> None:
    one, other = local_secrets(tmp_path / "a"), local_secrets(tmp_path / "b")
    assert not set(one.values()) & set(other.values())


def test_only_the_owner_may_read_the_file_and_no_draft_stays(tmp_path: Path) -> None:
    local_secrets(tmp_path)
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secrets.env", "secrets.lock"]


def test_a_secret_that_is_there_stays_and_what_lacks_is_added(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("AWS_ACCESS_KEY_ID=mine\nOF_SOMEBODY_ELSE=x\n")
    found = local_secrets(tmp_path)
    assert (found["AWS_ACCESS_KEY_ID"], found["OF_SOMEBODY_ELSE"]) == ("mine", "x")
    assert MADE_BY.keys() <= found.keys()


def test_an_empty_value_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").write_text("AWS_ACCESS_KEY_ID=\n")
    assert local_secrets(tmp_path)["AWS_ACCESS_KEY_ID"]


def test_a_kept_secret_takes_the_place_of_the_older_one(tmp_path: Path) -> None:
    keep_secret(tmp_path, "METABASE_API_KEY_A", "old")
    before = local_secrets(tmp_path)
    keep_secret(tmp_path, "METABASE_API_KEY_A", "new")
    assert local_secrets(tmp_path) == before | {"METABASE_API_KEY_A": "new"}


def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secrets.env").mkdir()
    with pytest.raises(EcomError, match=r"The secrets file .*secrets\.env cannot be used"):
        local_secrets(tmp_path)


def test_metabase_gets_a_password_of_every_kind_of_character(tmp_path: Path) -> None:
    password = local_secrets(tmp_path)["METABASE_ADMIN_PASSWORD"]
    assert any(c.islower() for c in password) and any(c.isupper() for c in password)
    assert any(c.isdigit() for c in password) and not password.isalnum()
