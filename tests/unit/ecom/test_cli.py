"""The command line as a shell sees it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from ecom.__main__ import main
from ecom.base.settings import ROOT
from ecom.cli import _reader_left, _was_interrupted, app
from tests.terminal import sigint_ends


def ecom(*words: str, home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    kept = {k: os.environ[k] for k in ("PATH", "HOME", "XDG_CACHE_HOME") if k in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "ecom", *words],
        env=kept | {"ECOM_HOME": str(home), "ECOM_PORT_BASE": "63000", "PYTHONPATH": str(ROOT)} | environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def commands(group: Any, name: str = "ecom") -> list[tuple[str, Any]]:
    found = [(name, group)]
    for child_name, child in getattr(group, "commands", {}).items():
        found += commands(child, f"{name} {child_name}")
    return found


@pytest.mark.parametrize(("name", "command"), commands(typer.main.get_command(app)))
def test_every_command_s_help_has_an_example(name: str, command: Any) -> None:
    assert "Example: " in (command.help or "") or hasattr(command, "commands"), name


def test_help_is_quick_because_nothing_heavy_is_imported(tmp_path: Path) -> None:
    heavy = ["pyspark", "dbt", "pyarrow", "confluent_kafka", "boto3", "trino"]
    code = f"import sys, ecom.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n"


def test_a_wrong_setting_is_one_sentence_and_exit_2(tmp_path: Path) -> None:
    done = ecom("status", home=tmp_path, ECOM_PORT_BASE="eighty")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "ECOM_PORT_BASE" in done.stderr


def test_the_version_is_the_package_s(tmp_path: Path) -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    done = ecom("--version", home=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"ecom {said}\n", "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_can_complete_a_command(shell: str, tmp_path: Path) -> None:
    done = ecom(home=tmp_path, _ECOM_COMPLETE=f"complete_{shell}", COMP_WORDS="ecom exp", COMP_CWORD="1",
                _TYPER_COMPLETE_ARGS="ecom exp", _TYPER_COMPLETE_FISH_ACTION="get-args")  # fmt: skip
    assert done.returncode == 0 and "explain" in done.stdout and "maintain" not in done.stdout, done.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in ecom("--debug", "status", home=tmp_path, ECOM_PORT_BASE="eighty").stderr


def test_an_unknown_command_is_exit_2(tmp_path: Path) -> None:
    done = ecom("fly", home=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_wrong_option_names_the_command_s_help(tmp_path: Path) -> None:
    done = ecom("logs", "kafka", "--lines", "many", home=tmp_path)
    assert done.returncode == 2 and "ecom logs --help" in done.stderr


def test_no_command_is_exit_2_and_the_help_as_it_is_laid_out(tmp_path: Path) -> None:
    for words in ([], ["contracts"]):
        done = ecom(*words, home=tmp_path)
        assert done.returncode == 2 and done.stderr.startswith("Usage: ecom ") and "\n  docs " in done.stderr


def test_wrong_usage_is_one_line_in_our_words(tmp_path: Path) -> None:
    for words in (["run"], ["run", "nosuch"]):
        done = ecom(*words, home=tmp_path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "bronze" in done.stderr and "\t" not in done.stderr and "Value error" not in done.stderr


@pytest.mark.parametrize("other", [["--orders", "5"], ["--seed", "1"], ["--span", "1h"], ["--late", "0.5"]])
def test_a_file_goes_with_no_option_of_the_generator(other: list[str], tmp_path: Path) -> None:
    done = ecom("produce", "--file", "-", *other, home=tmp_path, KAFKA_BOOTSTRAP="127.0.0.1:9")
    assert done.returncode == 2 and "only --rate" in done.stderr


def test_an_interrupt_that_another_error_hides_is_still_one() -> None:
    try:
        try:
            raise KeyboardInterrupt
        finally:
            raise OSError("the JVM is gone")
    except OSError as error:
        assert _was_interrupted(error)
    assert not _was_interrupted(OSError("the JVM is gone"))


def test_ctrl_c_while_ecom_is_being_imported_is_exit_130(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted:
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "ecom.cli", Interrupted())
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 130


def test_status_of_nothing_is_exit_1_and_json_for_programs(tmp_path: Path) -> None:
    done = ecom("status", "--json", home=tmp_path)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["ok"]) == (1, False)
    assert {s["name"]: s["endpoint"] for s in answer["services"]} == {
        "kafka": "127.0.0.1:63001",
        "s3": "http://127.0.0.1:63003",
        "trino": "127.0.0.1:63004",
    }
    assert {s["state"] for s in answer["services"]} == {"not started"}


def test_down_of_nothing_is_fine(tmp_path: Path) -> None:
    assert ecom("down", home=tmp_path).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_is_not_there_says_what_to_start(tmp_path: Path) -> None:
    done = ecom("logs", "trino", home=tmp_path)
    assert done.returncode == 3 and "ecom up" in done.stderr
    assert ecom("logs", "nobody", home=tmp_path).returncode == 2


def test_ctrl_c_is_exit_130_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "kafka.log").write_text("one\n")
    environ = os.environ | {"ECOM_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ecom", "logs", "kafka", "-f"]
    with subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=sigint_ends,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "one\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "ecom: interrupted\n")


@pytest.mark.parametrize("home", ["/proc/none", "/dev/null", "/dev/null/below"])
def test_a_home_that_cannot_be_written_is_one_sentence(home: str) -> None:
    for words in (["run", "all"], ["up"]):
        done = ecom(*words, home=Path(home))
        assert (done.returncode, done.stderr.count("\n")) == (3, 1), done.stderr
        assert home.removesuffix("/below") in done.stderr and "set ECOM_HOME" in done.stderr


def test_a_reader_of_rows_that_leaves_early_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "kafka.log").write_text("line\n" * 100_000)
    script = f'"{sys.executable}" -m ecom logs kafka -n 100000 | head -1; echo "${{PIPESTATUS[0]}}"'
    environ = os.environ | {"ECOM_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environ, timeout=60)
    assert (done.stdout, done.stderr) == ("line\n0\n", "")


def test_a_check_whose_reader_left_does_not_look_like_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.dup2", lambda *_: None)
    monkeypatch.setattr(sys, "argv", ["ecom", "verify"])
    assert _reader_left() == 141


def test_up_against_services_that_are_not_there_is_one_sentence_within_15_s(tmp_path: Path) -> None:
    with socket.socket() as closed:  # bound and not listening: nobody answers, and nobody else takes the port
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        started = time.monotonic()
        elsewhere = {
            "KAFKA_BOOTSTRAP": address,
            "AWS_ENDPOINT_URL_S3": f"http://{address}",
            "TRINO_HOST": "127.0.0.1",
        }
        done = ecom("up", home=tmp_path, **elsewhere)
    assert done.returncode == 3 and address in done.stderr and "KAFKA_BOOTSTRAP" in done.stderr
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 15
