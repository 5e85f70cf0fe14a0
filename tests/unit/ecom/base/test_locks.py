"""A lock is one process's at a time, and is given back however its holder ends."""

from pathlib import Path

import pytest

from ecom.base.locks import locked


def test_a_free_lock_is_taken_without_waiting_and_its_folder_is_made(tmp_path: Path) -> None:
    waited = list[str]()
    path = tmp_path / "locks" / "up.lock"
    with locked(path, lambda: waited.append("waiting")):
        assert path.is_file()
    assert waited == []


def test_it_is_given_back_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with pytest.raises(ValueError, match="inside"), locked(path, lambda: None):
        raise ValueError("inside")
    with locked(path, lambda: pytest.fail("it was still held")):
        pass


def test_two_paths_are_two_locks(tmp_path: Path) -> None:
    with (
        locked(tmp_path / "a.lock", lambda: None),
        locked(tmp_path / "b.lock", lambda: pytest.fail("b waited for a")),
    ):
        pass
