"""What a process and those below it keep in memory."""

import os
import subprocess
import sys

import psutil

from ecom.stack.memory import resident


def test_a_process_that_is_gone_keeps_nothing() -> None:
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    assert resident(done.pid) == 0


def test_what_children_keep_counts_too() -> None:
    code = "import sys; kept = bytes(range(256)) * 200_000; print('ready', flush=True); sys.stdin.read()"
    alone = resident(os.getpid())
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, text=True) as child:
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        both = resident(os.getpid())
        child.communicate("")
    assert both - alone > 40_000_000, "the child holds 51 MB of its own"


def test_it_is_at_most_what_the_system_calls_resident() -> None:
    parent = psutil.Process(os.getpid())
    rss = sum(process.memory_info().rss for process in (parent, *parent.children(recursive=True)))
    assert 0 < resident(os.getpid()) <= rss * 1.1
