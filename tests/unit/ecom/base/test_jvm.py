"""The lock of the JVM parts, and what becomes of what was fetched."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from ecom.base.errors import EcomError
from ecom.base.jvm import cache_folder, part_folder
from ecom.base.jvm_download import _ivy_file, _shards, _take
from ecom.base.jvm_lock import Artifact, read_lock
from ecom.base.locks import locked


def artifact(name: str = "a", content: bytes = b"jar", size: int = 3) -> Artifact:
    return Artifact("kafka", "org.x", name, "1", "jar", hashlib.sha256(content).hexdigest(), size)


def fetched(work: Path, content: bytes) -> None:
    folder = work / "0" / "c" / "org.x" / "a" / "jars"
    folder.mkdir(parents=True)
    (folder / "a-1.jar").write_bytes(content)


def test_the_lock_pins_each_file_of_each_part_once() -> None:
    lock = read_lock()
    assert set(lock) == {"kafka", "s3proxy", "spark", "trino", "trino-cli"}
    for part in lock.values():
        assert len({a.filename for a in part}) == len(part)
        assert all(len(a.sha256) == 64 and a.size > 0 for a in part)


def test_a_classifier_is_part_of_the_file_s_name() -> None:
    (cli,) = read_lock()["trino-cli"]
    assert cli.filename == "trino-cli-476-executable.jar"
    assert 'm:classifier="executable"' in _ivy_file([cli])
    assert "m:classifier" not in _ivy_file([artifact()])


def test_the_lock_names_no_host() -> None:
    from ecom.base.jvm_lock import PARTS

    text = "".join(path.read_text() for path in PARTS.iterdir())
    assert "://" not in text


def test_the_cache_follows_xdg_and_the_folder_follows_the_lock(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/ecom-platform/jvm-parts")
    assert cache_folder({"HOME": "/h"}) == Path("/h/.cache/ecom-platform/jvm-parts")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert part_folder("kafka") != part_folder("spark")


def test_a_file_as_pinned_is_moved_into_place(tmp_path: Path) -> None:
    fetched(tmp_path / "work", b"jar")
    _take(artifact(), tmp_path / "work", tmp_path)
    assert (tmp_path / "kafka" / "a-1.jar").read_bytes() == b"jar"


def test_a_file_that_is_not_as_pinned_is_refused_by_name(tmp_path: Path) -> None:
    fetched(tmp_path / "work", b"other")
    with pytest.raises(EcomError, match=r"org\.x:a:1 came with SHA-256"):
        _take(artifact(), tmp_path / "work", tmp_path)
    assert not (tmp_path / "kafka").exists()


def test_a_large_file_gets_a_process_of_its_own_and_none_is_lost() -> None:
    small = [artifact(str(n), size=n + 1) for n in range(20)]
    shards = _shards([*small, artifact("big", size=10**9)])
    assert [a.name for a in shards[0]] == ["big"]
    assert sorted(a.name for shard in shards[1:] for a in shard) == sorted(a.name for a in small)


def test_a_lock_that_another_process_holds_is_waited_for(tmp_path: Path) -> None:
    hold = f"""
from pathlib import Path; import sys, time
from ecom.base.locks import locked
with locked(Path({str(tmp_path / "lock")!r}), lambda: None):
    print("held", flush=True); time.sleep(1)
"""
    with subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        waited: list[str] = []
        with locked(tmp_path / "lock", lambda: waited.append("waited")):
            assert holder.wait(timeout=5) == 0
    assert waited == ["waited"]
