"""supervisord: its configuration, its start and end, and what it says about its processes."""

import os
import re
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

from ecom.base.errors import EcomError
from ecom.base.layout import Layout, write_private
from ecom.stack.logs import tail

STOP_WITHIN_S = 60.0
# A stream that ends within this time counts as failed to start: after some tries the supervisor gives it up, loud.
START_S = {"bronze": 45}


@dataclass(frozen=True)
class Process:
    """A supervised process. `state` is the supervisor's word in lower case: running, starting, backoff, fatal, ..."""

    state: str
    pid: int | None
    since: datetime | None


def write_configuration(commands: Mapping[str, list[str]], layout: Layout) -> str:
    """Writes supervisord.conf for `commands` (service to command line), in start order; returns its text."""
    sections = [_supervisor_section(layout)]
    sections += [_program(name, line, rank, layout) for rank, (name, line) in enumerate(commands.items(), 1)]
    text = "\n".join(sections)
    write_private(layout.supervisor_conf, text)
    return text


def _supervisor_section(layout: Layout) -> str:
    return f"""\
[unix_http_server]
file={_literal(layout.socket)}
chmod=0700

[supervisord]
logfile={_literal(layout.log("supervisord"))}
logfile_maxbytes=5MB
logfile_backups=2
pidfile={_literal(layout.run / "supervisord.pid")}
identifier=ecom
umask=077
directory={_literal(layout.run)}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""


def _program(name: str, command: list[str], rank: int, layout: Layout) -> str:
    return f"""\
[program:{name}]
command={_literal(shlex.join(command))}
priority={rank}
autostart=true
autorestart=true
startsecs={START_S.get(name, 2)}
startretries=5
stopasgroup=true
killasgroup=true
stopwaitsecs=30
redirect_stderr=true
stdout_logfile={_literal(layout.log(name))}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=3
"""


def _literal(value: object) -> str:
    return str(value).replace("%", "%%")  # the supervisor expands %(name)s


def start(layout: Layout, environment: Mapping[str, str]) -> None:
    """Starts the daemon and waits until it answers. The environment is all that the services get."""
    layout.socket.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "supervisor.supervisord", "-c", str(layout.supervisor_conf)],
        env=service_environment(environment),
        cwd=layout.run,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    deadline = time.monotonic() + 15
    while not is_running(layout):
        if done.returncode or time.monotonic() > deadline:
            said = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["it does not answer"]
            raise EcomError(f"The supervisor did not start ({said[0]}); its log: {layout.log('supervisord')}.")
        time.sleep(0.1)


def service_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """All that a service gets: `environment`, and of ours what says who and where we are."""
    passed = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "TMPDIR", "USER")}
    return passed | {"TZ": "UTC"} | dict(environment)


def is_running(layout: Layout) -> bool:
    try:
        _rpc(layout).getState()
    except (OSError, xmlrpc.client.Error):
        return False
    return True


def processes(layout: Layout) -> dict[str, Process]:
    """Service to its process; empty when no supervisor runs."""
    try:
        rows: list[dict[str, Any]] = _rpc(layout).getAllProcessInfo()
    except (OSError, xmlrpc.client.Error):
        return {}
    return {row["name"]: _process(row) for row in rows}


def _process(row: dict[str, Any]) -> Process:
    since = datetime.fromtimestamp(row["start"], UTC) if row["pid"] else None
    return Process(str(row["statename"]).lower(), row["pid"] or None, since)


def restarts(layout: Layout) -> dict[str, int]:
    """How often each service was started again since the supervisor's own start, by its log: it keeps no count."""
    spawned: dict[str, int] = {}
    for line in tail(layout.log("supervisord"), 10_000):
        if "supervisord started with pid" in line:
            spawned = {}
        name = re.search(r"spawned: '([^']+)' with pid", line)
        if name:
            spawned[name[1]] = spawned.get(name[1], 0) + 1
    return {name: count - 1 for name, count in spawned.items()}


def add_new(layout: Layout) -> list[str]:
    """Starts what the configuration names and the running supervisor does not know yet; returns the names."""
    supervisor = _rpc(layout)
    ((added, _, _),) = supervisor.reloadConfig()
    for name in added:
        supervisor.addProcessGroup(name)
    return list(added)


def restart(layout: Layout, names: Collection[str]) -> None:
    """Stops these, last first, then starts them in order."""
    supervisor = _rpc(layout)
    for name in reversed(list(names)):
        try:
            supervisor.stopProcess(name)
        except xmlrpc.client.Fault:  # it did not run
            continue
    for name in names:
        supervisor.startProcess(name, False)


def start_stopped(layout: Layout, names: Collection[str] | None = None) -> list[str]:
    """Starts what is not running, of these names or of all; returns the names."""
    down = [n for n, p in processes(layout).items() if p.state not in ("running", "starting", "backoff")]
    stopped = [name for name in down if names is None or name in names]
    for name in stopped:
        _rpc(layout).startProcess(name, False)
    return stopped


def stop(layout: Layout) -> None:
    """Ends the supervisor and its processes, in reverse order. Returns when they are gone."""
    try:
        pid = _rpc(layout).getPID()
        _rpc(layout).shutdown()
    except (OSError, xmlrpc.client.Error):
        return
    try:
        psutil.Process(pid).wait(timeout=STOP_WITHIN_S)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        raise EcomError(
            f"The supervisor (pid {pid}) has not ended within {STOP_WITHIN_S:.0f} s; see {layout.log('supervisord')}."
        ) from None


def leftovers(layout: Layout) -> list[psutil.Process]:
    """Processes of this stack that no supervisor holds: it was killed, or a service was, and what it started was not.

    They are known by their configuration files, which lie in this ECOM_HOME only, or by what each process below a
    supervisor of this ECOM_HOME has in its environment.
    """
    marks = (f"{layout.etc}/kafka/", f"{layout.etc}/s3proxy/", f"{layout.etc}/trino/", str(layout.supervisor_conf))
    found = []
    for process in psutil.process_iter(["cmdline", "uids"]):
        uids, words = process.info["uids"], process.info["cmdline"] or []
        is_ours = uids is not None and uids.real == os.getuid()
        if not is_ours or process.pid == os.getpid():
            continue
        if any(mark in word for word in words for mark in marks) or _was_supervised(process, layout):
            found.append(process)
    return found


def _was_supervised(process: psutil.Process, layout: Layout) -> bool:
    try:
        environment = process.environ()
    except psutil.Error:  # ended meanwhile
        return False
    return "SUPERVISOR_ENABLED" in environment and environment.get("ECOM_HOME") == str(layout.home)


def end(stray: list[psutil.Process]) -> None:
    """Asks each to end; kills what has not within 20 s."""
    for signal in ("terminate", "kill"):
        for process in stray:
            try:
                getattr(process, signal)()
            except psutil.NoSuchProcess:
                continue
        _, stray = psutil.wait_procs(stray, timeout=20)


def _rpc(layout: Layout) -> Any:
    transport = SupervisorTransport(None, None, f"unix://{layout.socket}")
    return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor
