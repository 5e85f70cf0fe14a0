"""What Ivy is asked for, how far it came, and what it complained of."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from ecom.base import jvm_download
from ecom.base.errors import EcomError
from ecom.base.jvm_download import LARGE, SHARDS, _complaint, _is_here, _ivy_file, _progress, _shards, download
from ecom.base.jvm_lock import Artifact


def artifact(name: str, size: int = 3, classifier: str = "") -> Artifact:
    return Artifact("part", "org.example", name, "1.0", "jar", "00", size, classifier)


def test_ivy_is_asked_for_each_file_by_its_name_and_without_what_it_depends_on() -> None:
    root = ElementTree.fromstring(_ivy_file([artifact("a"), artifact("b & c", classifier="sources")]))
    asked = root.findall("./dependencies/dependency")
    assert [one.attrib["name"] for one in asked] == ["a", "b & c"]
    assert {one.attrib["transitive"] for one in asked} == {"false"}
    kinds = [one.find("artifact") for one in asked]
    classifiers = [None if kind is None else kind.get(f"{{{jvm_download.CLASSIFIERS}}}classifier") for kind in kinds]
    assert classifiers == [None, "sources"]


def test_small_files_are_dealt_out_by_size_and_no_shard_is_empty() -> None:
    few = [artifact(str(n), size=n) for n in range(1, 4)]
    assert _shards(few) == [[few[2]], [few[1]], [few[0]]]
    many = [artifact(str(n), size=n) for n in range(1, 14)]
    assert len(_shards([*many, artifact("large", LARGE + 1)])) == SHARDS + 1


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    one = artifact("a")
    assert not _is_here(one, tmp_path)
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / one.filename).write_bytes(b"ja")
    assert not _is_here(one, tmp_path)
    (tmp_path / "part" / one.filename).write_bytes(b"jar")
    assert _is_here(one, tmp_path)


def test_progress_counts_finished_files_and_every_byte(tmp_path: Path) -> None:
    (tmp_path / "a.jar").write_bytes(b"123")
    (tmp_path / "b.tar.gz").write_bytes(b"12")
    (tmp_path / "c.jar.part").write_bytes(b"1")
    (tmp_path / "ivy.log").write_bytes(b"not counted")
    assert _progress(tmp_path) == (2, 6)


@pytest.mark.parametrize(
    ("log", "complaint"),
    [
        (":: loading settings\n\tERROR: no repository answered\n", "ERROR: no repository answered"),
        ("WARN\nall went well\n", ""),
        ("", ""),
        (f"ERROR: {'x' * 500}", f"ERROR: {'x' * 193}"),
    ],
)
def test_ivy_s_complaint_is_its_first_line_that_says_something(tmp_path: Path, log: str, complaint: str) -> None:
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "ivy.log").write_text(log)
    assert _complaint(tmp_path) == complaint


def test_what_does_not_come_is_tried_again_and_then_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = list[int]()

    def attempt(wanted: list[Artifact], *_: object) -> str:
        attempts.append(len(wanted))
        return "connection refused"

    monkeypatch.setattr(jvm_download, "_attempt", attempt)
    with pytest.raises(EcomError, match=r"org\.example:a:1\.0 \(part\) and 1 more .*connection refused"):
        download([artifact("a"), artifact("b")], tmp_path, Path("java"), lambda line: None)
    assert attempts == [2] * jvm_download.ATTEMPTS


def test_what_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / artifact("a").filename).write_bytes(b"jar")
    monkeypatch.setattr(jvm_download, "_attempt", lambda *_: pytest.fail("it was fetched"))
    download([artifact("a")], tmp_path, Path("java"), lambda line: None)
