"""Up, down and status of the local stack."""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from ecom.base.errors import EcomError
from ecom.base.jdk import Jdk, find_jdk
from ecom.base.jvm import require_parts
from ecom.base.layout import Layout, write_private
from ecom.base.locks import locked
from ecom.base.ports import PortCheck, describe_taken
from ecom.base.settings import Settings
from ecom.lake.heartbeat import GONE_AFTER_S
from ecom.lake.topics import ensure_topics
from ecom.stack import supervise
from ecom.stack.logs import size
from ecom.stack.ready import accepts, check
from ecom.stack.render import TEMPLATES, render, secret_environment
from ecom.stack.services import (
    AIRFLOW_READS,
    Service,
    command,
    kafka_format_command,
    platform_command,
    platform_services,
    services,
)
from ecom.stack.waiting import await_ready

Report = Callable[[str], None]


@dataclass(frozen=True)
class ServiceStatus:
    """One line of `ecom status`."""

    name: str
    local: bool
    state: str  # the supervisor's word, or reachable, unreachable, not started, not well
    endpoint: str
    pid: int | None
    since: datetime | None
    restarts: int | None = None  # since the stack was started; None: not ours to count

    @property
    def ok(self) -> bool:
        return self.state in ("running", "reachable")


def up(settings: Settings, report: Report) -> None:
    """Starts what is local and not running, and returns when every service answers. Raises EcomError."""
    layout = Layout(settings.ecom_home)
    layout.create()
    with locked(layout.run / "up.lock", lambda: report("another `ecom up` or `down` is at work here; waiting for it")):
        local = [service for service in services(settings) if service.is_local]
        began = _start_local(local, settings, layout, report) if local else {}
        for service in services(settings):
            await_ready(service, settings, layout, report, began.get(service.name, 0))
        if settings.kafka_is_local:
            for topic in ensure_topics(settings):
                report(f"created topic {topic}")


def start_more(more: list[Service], settings: Settings, report: Report) -> None:
    """Adds these to the services that are up, and returns when each works. Raises EcomError."""
    layout = Layout(settings.ecom_home)
    with locked(layout.run / "up.lock", lambda: report("another `ecom up` or `down` is at work here; waiting for it")):
        local = [service for service in services(settings) if service.is_local]
        began = _start_local(local + more, settings, layout, report)
        for service in more:
            await_ready(service, settings, layout, report, began.get(service.name, 0))


def _start_local(local: list[Service], settings: Settings, layout: Layout, report: Report) -> dict[str, int]:
    """Starts these services; those of the platform that run already go on. Returns, of those that did not run, where
    in its log each begins."""
    require_parts()
    jdk = find_jdk()
    environment = settings.as_environment() | secret_environment(settings)
    environment |= {"JAVA_HOME": str(jdk.home), "ECOM_ENV_FILE": os.devnull, "ECOM_HOME": str(settings.ecom_home)}
    airflow = {name: environment.pop(name) for name in sorted(environment) if name.startswith(AIRFLOW_READS)}
    is_running = supervise.is_running(layout)
    known = _recorded(layout) if is_running else {}
    names = [s.name for s in local]
    more = [s for s in platform_services(settings) if s.name in known and s.name not in names]
    commands = {s.name: _command(s, settings, jdk, layout) for s in [*local, *more]}
    wanted = _fingerprints(commands, environment, airflow, settings, layout)
    changed = [name for name in commands if name in known and wanted[name] != known[name]]
    if is_running and (not known or not all(name.startswith("airflow-") for name in changed)):
        report("the settings changed: stopping what runs with the old ones")
        supervise.stop(layout)
        known, changed = {}, []
    new = [s for s in [*local, *more] if s.name not in known]
    running = {name for name, process in supervise.processes(layout).items() if process.pid} - set(changed)
    began = {name: size(layout.log(name)) for name in commands if name not in running}
    if not known:
        supervise.end(supervise.leftovers(layout))
        # Trino's launcher takes whatever process has the id in it now for a Trino that runs.
        (layout.data / "trino" / "var" / "run" / "launcher.pid").unlink(missing_ok=True)
    refuse_taken_ports(new)
    if settings.kafka_is_local:
        format_kafka(jdk, layout)
    supervise.write_configuration(commands, layout)
    write_private(layout.airflow_env, _dotenv(airflow))
    if new:
        report("starting " + ", ".join(s.title for s in new))
    if known:
        supervise.add_new(layout)
        if changed:
            report("the settings changed: starting Airflow again with the new ones")
            supervise.restart(layout, changed)
        supervise.start_stopped(layout)
    else:
        supervise.start(layout, environment)
    write_private(layout.fingerprint, json.dumps(wanted))
    _write_stack_env(settings, layout)
    return began


def _command(service: Service, settings: Settings, jdk: Jdk, layout: Layout) -> list[str]:
    if service in services(settings):
        return command(service.name, jdk.java, layout)
    # What Trino gets by environment would look to `ecom` like an S3 of the user's own.
    not_ours = sorted(secret_environment(settings).keys() - settings.as_environment().keys())
    return platform_command(service.name, settings, layout, not_ours)


def _fingerprints(
    commands: dict[str, list[str]],
    environment: dict[str, str],
    airflow: dict[str, str],
    settings: Settings,
    layout: Layout,
) -> dict[str, str]:
    """Service to a digest of all that it is started with; writes the configuration files."""
    shared, own = repr(sorted(environment.items())), repr(sorted(airflow.items()))
    texts = {
        name: (render([name], settings, layout) if name in TEMPLATES else "")
        + shlex.join(line)
        + shared
        + (own if name.startswith("airflow-") else "")
        for name, line in commands.items()
    }
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}


def _dotenv(variables: dict[str, str]) -> str:
    """As python-dotenv reads it back: a value in single quotes is taken as it is, but for these two characters."""
    escaped = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in variables.items()}
    return "".join(f"{name}='{value}'\n" for name, value in escaped.items())


def refuse_taken_ports(local: list[Service]) -> None:
    taken = [PortCheck(s.title, port) for s in local for port in s.ports if not PortCheck(s.title, port).is_free]
    if taken:
        what, remedy = describe_taken(taken[0])
        raise EcomError(f"{what[0].upper()}{what[1:]}; {remedy}.")


def _recorded(layout: Layout) -> dict[str, str]:
    """Of what runs: service to its digest; empty when that is not known (an older version of ours wrote it)."""
    try:
        found: dict[str, str] = json.loads(layout.fingerprint.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _write_stack_env(settings: Settings, layout: Layout) -> None:
    lines = [] if settings.ecom_port_base is None else [f"ECOM_PORT_BASE={settings.ecom_port_base}"]
    lines += ["TRINO_HTTPS=true"] if settings.trino_https and settings.trino_is_local else []
    write_private(layout.stack_env, "\n".join(["# Written by `ecom up`, removed by `ecom down`.", *lines, ""]))


def format_kafka(jdk: Jdk, layout: Layout) -> None:
    if (layout.data / "kafka" / "meta.properties").is_file():
        return
    cluster_id = uuid5(NAMESPACE_URL, str(layout.home)).hex[:22]  # the same if this is interrupted and done again
    done = subprocess.run(kafka_format_command(jdk.java, layout, cluster_id), capture_output=True, text=True)
    if done.returncode:
        why = (done.stdout + done.stderr).strip().splitlines()[-1:] or ["no reason given"]
        raise EcomError(f"Kafka's folder {layout.data / 'kafka'} could not be formatted: {why[0][:300]}.")


def down(settings: Settings, report: Report) -> bool:
    """Stops the stack of this ECOM_HOME, and nothing else. Returns False when nothing ran."""
    layout = Layout(settings.ecom_home)
    if not layout.run.is_dir():
        return False
    with locked(layout.run / "up.lock", lambda: report("another `ecom up` or `down` is at work here; waiting for it")):
        ran = supervise.is_running(layout)
        supervise.stop(layout)
        stray = supervise.leftovers(layout)
        supervise.end(stray)
        for path in (layout.socket, layout.fingerprint, layout.stack_env, layout.airflow_env):
            path.unlink(missing_ok=True)
        if layout.socket.parent != layout.run:
            shutil.rmtree(layout.socket.parent, ignore_errors=True)
    return ran or bool(stray)


def status(settings: Settings) -> list[ServiceStatus]:
    """The services, and those of the platform that were started."""
    layout = Layout(settings.ecom_home)
    processes, restarts = supervise.processes(layout), supervise.restarts(layout)
    platform = [service for service in platform_services(settings) if service.name in processes]
    every = [*services(settings), *platform]
    return [
        ServiceStatus(
            service.name,
            service.is_local,
            _state(service, process, settings),
            service.endpoint,
            process.pid if process else None,
            process.since if process else None,
            restarts.get(service.name, 0) if process else None,
        )
        for service in every
        for process in [processes.get(service.name)]
    ]


def _state(service: Service, process: supervise.Process | None, settings: Settings) -> str:
    if not service.is_local:
        return "reachable" if accepts(service) else "unreachable"
    if process is None:
        return "not started"
    if process.state == "running" and service.endpoint == "-":  # nothing to connect to: its own sign of life tells
        return running_word(process, datetime.now(UTC), _works(service, settings))
    if process.state == "running":
        return "running" if accepts(service) else "starting"
    if process.state == "starting" and service.name in supervise.START_S and _works(service, settings):
        return "running"  # the supervisor waits longer before it calls it that
    return process.state


def running_word(process: supervise.Process, now: datetime, works: bool) -> str:
    """For a process that runs: whether it is at work, may still come to be, or only seems to be."""
    if works:
        return "running"
    age = (now - process.since).total_seconds() if process.since else 0.0
    return "starting" if age <= GONE_AFTER_S else "not well"


def _works(service: Service, settings: Settings) -> bool:
    try:
        check(service, settings)
    except EcomError:
        return False
    return True
