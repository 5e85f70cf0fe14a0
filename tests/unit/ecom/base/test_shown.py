"""A shop's text may command no terminal, and files get it to the last character."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ecom.base.shown import copy_shown, shown
from ecom.base.sql_text import json_text
from ecom.commands import sql
from ecom.lake.trino import Stream
from ecom.lake.trino_cli import has_a_prompt, pager, run_shown
from tests.terminal import seen_on_a_terminal

TITLE = "\x1b]0;owned\x07"
BAD = f"red \x1b[31m{TITLE}\x9b2J\u202e\x7f"
Write = Callable[[Stream, io.StringIO], None]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def answer() -> Stream:
    return Stream(["note", "\x1b[2Jname"], iter([(BAD, [BAD])]), None, None)


def commands_in(text: str) -> list[str]:
    without_ours = re.sub(r"\x1b\[[01]m", "", text)  # the header is bold
    return [c for c in without_ours if not c.isprintable() and c != "\n"]


@pytest.mark.parametrize("format", list(sql.Format))
def test_no_format_commands_a_terminal(format: sql.Format) -> None:
    out = Terminal()
    sql._WRITERS[format](answer(), out)
    assert "red" in out.getvalue() and commands_in(out.getvalue()) == []


def test_a_csv_file_holds_what_is_stored() -> None:
    out = io.StringIO()
    sql._write_csv(answer(), out)
    assert BAD in out.getvalue()


def test_json_escapes_what_commands_and_means_the_same() -> None:
    text = json_text({"note": BAD, "name": "Grüße 注文"})
    assert commands_in(text) == [] and "Grüße 注文" in text
    assert json.loads(text) == {"note": BAD, "name": "Grüße 注文"}


def test_lines_and_tabs_stay_and_all_else_is_shown() -> None:
    assert shown("a\tb\r\n\x1b[31mü\x85") == "a\tb\\r\n\\x1b[31mü\\x85"


def test_a_character_cut_by_the_pipe_stays_whole() -> None:
    reads, writes = os.pipe()
    out = io.BytesIO()
    os.write(writes, b"\xc3")
    os.write(writes, b"\xbc \x9b2J \x1b")
    os.close(writes)
    copy_shown(reads, out)
    os.close(reads)
    assert out.getvalue().decode() == "ü \\x9b2J \\x1b"


def test_the_prompt_s_pager_shows_and_needs_no_less(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    done = subprocess.run(["sh", "-c", pager()], input=BAD.encode(), capture_output=True, cwd=tmp_path)
    assert done.stdout.decode() == "red \\x1b[31m\\x1b]0;owned\\x07\\x9b2J\\u202e\\x7f"


def test_statements_given_as_words_or_a_pipe_need_no_prompt() -> None:
    assert has_a_prompt(["--user=dashboard"], is_typed=True)
    assert not has_a_prompt(["--execute=select 1"], is_typed=True) and not has_a_prompt(["-f", "a.sql"], is_typed=True)
    assert not has_a_prompt([], is_typed=False)


def test_the_official_command_line_s_words_are_shown_on_a_terminal() -> None:
    says = "import sys; sys.stdout.buffer.write(b'out \\x1b[2J'); sys.stderr.write('err \\x1b[2J'); sys.exit(7)"
    ours = "import os, sys; from ecom.lake.trino_cli import run_shown"
    code = f"{ours}; sys.exit(run_shown([sys.executable, '-c', {says!r}], os.environ))"
    seen = seen_on_a_terminal("-c", code)
    assert b"out \\x1b[2J" in seen and b"err \\x1b[2J" in seen and b"\x1b" not in seen


def test_a_pipe_gets_the_official_command_line_s_bytes(capfd: pytest.CaptureFixture[str]) -> None:
    code = run_shown([sys.executable, "-c", "import sys; print('\\x1b[2J'); sys.exit(7)"], dict(os.environ))
    assert (code, capfd.readouterr().out) == (7, "\x1b[2J\n")
