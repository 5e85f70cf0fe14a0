"""Which Java is taken."""

from pathlib import Path

import pytest

from ecom.base.errors import EcomError
from ecom.base.jdk import find_jdk


def jdk(folder: Path, version: str, modules: str = "java.base jdk.incubator.vector") -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "java").touch(mode=0o755)
    (folder / "release").write_text(f'IMPLEMENTOR="Somebody"\nJAVA_VERSION="{version}"\nMODULES="{modules}"\n')
    return folder


def test_java_home_is_taken_when_it_is_new_enough(tmp_path: Path) -> None:
    jdk(tmp_path / "usual" / "jdk-26", "26.0.1")
    mine = jdk(tmp_path / "mine", "25.0.1")
    assert find_jdk({"JAVA_HOME": str(mine)}, (f"{tmp_path}/usual/*",)).home == mine


def test_an_old_java_home_is_passed_over_for_a_newer_one(tmp_path: Path) -> None:
    jdk(tmp_path / "usual" / "jdk-17", "17.0.9")
    good = jdk(tmp_path / "usual" / "jdk-25", "25")
    old = jdk(tmp_path / "mine", "21.0.2")
    assert find_jdk({"JAVA_HOME": str(old)}, (f"{tmp_path}/usual/*",)).home == good


def test_a_runtime_without_the_vector_module_is_passed_over(tmp_path: Path) -> None:
    jdk(tmp_path / "usual" / "jre", "25.0.1", modules="java.base java.logging")
    with pytest.raises(EcomError, match=r"jdk\.incubator\.vector"):
        find_jdk({"PATH": ""}, (f"{tmp_path}/usual/*",))


def test_java_on_the_path_is_the_last_resort(tmp_path: Path) -> None:
    home = jdk(tmp_path / "jdk", "25.0.2")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    assert find_jdk({"PATH": str(tmp_path / "bin")}, ()).home == home


def test_none_found_says_what_was_found_and_what_to_install(tmp_path: Path) -> None:
    old = jdk(tmp_path / "old", "1.8.0_392")
    with pytest.raises(EcomError, match=r"found: 8 in .*old.*openjdk-25-jdk"):
        find_jdk({"JAVA_HOME": str(old), "PATH": ""}, ())
