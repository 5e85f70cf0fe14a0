"""Where a stack's files are, and who may read them."""

import os
import stat
from pathlib import Path

import pytest

from ecom.base.errors import EcomError
from ecom.base.layout import LONGEST_SOCKET, Layout, docs_folder, write_private


def test_everything_lies_below_the_home(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "home")
    paths = [layout.data, layout.logs, layout.run, layout.etc, layout.stack_env, layout.supervisor_conf]
    paths += [layout.fingerprint, layout.airflow_env, layout.log("trino"), docs_folder(layout.home)]
    assert all(path.is_relative_to(layout.home) for path in paths)
    assert len(set(paths)) == len(paths)


def test_the_folders_are_made_for_their_owner_alone_and_again_without_harm(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "home")
    layout.create()
    layout.create()
    for folder in (layout.home, layout.data, layout.logs, layout.run, layout.etc, layout.data / "s3"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder


def test_a_home_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    Layout(home).create()
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EcomError, match=r"ECOM_HOME .* cannot be written"):
        Layout(tmp_path / "file" / "home").create()


def test_the_socket_lies_in_run_unless_the_path_is_too_long_for_one() -> None:
    near, far = Layout(Path("/tmp/e")), Layout(Path("/" + "x" * LONGEST_SOCKET))
    assert near.socket == near.run / "supervisor.sock"
    assert not far.socket.is_relative_to(far.home)
    assert f"ecom-{os.getuid()}-" in str(far.socket)


def test_a_private_file_has_the_new_text_its_owner_s_mode_and_no_draft_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file.env"
    write_private(path, "A=1\n")
    write_private(path, "A=2\n")
    assert path.read_text() == "A=2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
