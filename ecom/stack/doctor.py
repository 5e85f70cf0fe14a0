"""`ecom doctor`: what is checked, what was found, and what to do about it."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from ecom.base.errors import EcomError
from ecom.base.jdk import MINIMUM, MODULE, Jdk, find_jdk
from ecom.base.ports import LAST_OFFSET, PortCheck, describe_taken, free_base, outgoing_ports
from ecom.base.settings import Settings, load_settings

GIB = 2**30
DISK_FAIL, DISK_WARN = 2 * GIB, 5 * GIB
MEMORY_FAIL, MEMORY_WARN = 2 * GIB, 6 * GIB  # Kafka 0.4, S3 0.2, Trino 1 to 2.5, Spark 2 to 3 GiB
PYTHON = (3, 11)


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; `remedy` is empty when there is nothing to do."""

    title: str
    level: Literal["ok", "warn", "fail"]
    found: str
    remedy: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.title}: {self.found}; {self.remedy}" if self.remedy else f"{self.title}: {self.found}"


def examine(environ: Mapping[str, str] = os.environ) -> list[Finding]:
    """Every check, services last. Settings that are not valid end it early: the rest depends on them."""
    try:
        settings = load_settings(environ)
    except EcomError as error:
        return [check_python(), check_jdk(environ), Finding("settings", "fail", str(error), "correct that variable")]
    found = blocking(settings, environ, platform="warn")
    return [*found, Finding("settings", "ok", "valid"), *check_services(settings)]


def blocking(
    settings: Settings, environ: Mapping[str, str] = os.environ, platform: Literal["warn", "fail"] | None = None
) -> list[Finding]:
    """What `ecom up` needs before it starts anything. `platform`: what a taken port is that only `ecom up --all`
    needs; None: those are not looked at."""
    checks: list[Finding] = [
        check_python(),
        check_jdk(environ),
        check_memory(),
        check_home(settings.ecom_home),  # before its disk: a folder that is none has no disk
        check_disk(settings.ecom_home),
        check_secrets_file(settings.ecom_home),
        check_parts(),
    ]
    return [*checks, *check_port_base(settings), *check_ports(settings, platform)]


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    text = ".".join(map(str, version))
    if tuple(version[:2]) < PYTHON:
        return Finding("python", "fail", f"{text} is too old", "install Python 3.11 or newer, then run `make setup`")
    return Finding("python", "ok", text)


def check_jdk(environ: Mapping[str, str] = os.environ, find: Callable[[Mapping[str, str]], Jdk] = find_jdk) -> Finding:
    try:
        jdk = find(environ)
    except EcomError as error:
        return Finding("jdk", "fail", str(error), f"install a JDK {MINIMUM}, or point JAVA_HOME at one")
    return Finding("jdk", "ok", f"{jdk.version} in {jdk.home}, with {MODULE}")


def check_memory(available: int | None = None) -> Finding:
    size = psutil.virtual_memory().available if available is None else available
    found = f"{size / GIB:.1f} GiB available"
    remedy = "close other programs: Kafka, S3, Trino and Spark together take up to 6 GiB"
    if size < MEMORY_WARN:
        return Finding("memory", "fail" if size < MEMORY_FAIL else "warn", found, remedy)
    return Finding("memory", "ok", found)


def check_disk(home: Path, free: int | None = None) -> Finding:
    size = shutil.disk_usage(_existing(home)).free if free is None else free
    found = f"{size / GIB:.1f} GiB free for {home}"
    remedy = "make room, or set ECOM_HOME to a folder on another disk"
    if size < DISK_FAIL:
        return Finding("disk", "fail", f"{found}, less than {DISK_FAIL // GIB} GiB", remedy)
    if size < DISK_WARN:
        return Finding("disk", "warn", f"{found}, less than {DISK_WARN // GIB} GiB", remedy)
    return Finding("disk", "ok", found)


def check_home(home: Path) -> Finding:
    folder = _existing(home)
    if not folder.is_dir():
        return Finding("ecom_home", "fail", f"{folder} is no folder", "set ECOM_HOME to a folder of yours")
    if not os.access(folder, os.W_OK | os.X_OK):
        return Finding("ecom_home", "fail", f"{folder} cannot be written", "set ECOM_HOME to a folder of yours")
    if home.exists() and _mode(home) & 0o077:
        return Finding("ecom_home", "warn", f"{home} can be read by others ({_mode(home):o})", f"chmod 700 {home}")
    return Finding("ecom_home", "ok", str(home))


def check_secrets_file(home: Path) -> Finding:
    path = home / "secrets.env"
    if not path.exists():
        return Finding("secrets", "ok", "none yet: generated on first use")
    if _mode(path) & 0o077:
        return Finding("secrets", "fail", f"{path} can be read by others ({_mode(path):o})", f"chmod 600 {path}")
    return Finding("secrets", "ok", f"{path} is private")


def check_parts() -> Finding:
    """Whether the JVM parts that `make setup` fetches are all in the user's cache."""
    from ecom.base.jvm import cache_folder, missing_parts

    try:
        missing = missing_parts()
    except OSError as error:
        return Finding(
            "jvm parts", "fail", f"{cache_folder()} cannot be read ({error.strerror})", "check its permissions"
        )
    if missing:
        return Finding("jvm parts", "fail", f"{', '.join(missing)} not in {cache_folder()}", "run `make setup`")
    return Finding("jvm parts", "ok", f"all in {cache_folder()}")


def check_port_base(settings: Settings, outgoing: tuple[int, int] | None = None) -> Iterator[Finding]:
    """A warning when our ports are among those that the system gives to outgoing connections."""
    low, high = outgoing or outgoing_ports() or (0, 0)
    base = settings.ecom_port_base
    if base is None or base + LAST_OFFSET < low or base + 1 > high:
        return
    ports = f"{base + 1} to {base + LAST_OFFSET}"
    found = f"{ports} lie in the system's range for outgoing connections ({low} to {high}), where any may be taken"
    free = free_base(low)
    remedy = f"set ECOM_PORT_BASE to {free}: {free + 1} to {free + LAST_OFFSET} are free" if free else "choose below it"
    yield Finding("port base", "warn", found, remedy)


def check_ports(settings: Settings, platform: Literal["warn", "fail"] | None = None) -> Iterator[Finding]:
    """Ports of the local services that do not run yet: a running one holds its own."""
    from ecom.base.layout import Layout
    from ecom.stack.services import dashboard, platform_services, services
    from ecom.stack.supervise import leftovers, processes

    layout = Layout(settings.ecom_home)
    ours = {name for name, process in processes(layout).items() if process.pid}
    stray = {p.pid for p in leftovers(layout)} if not ours else set()
    always = [*services(settings), dashboard(settings)]
    more = [service for service in platform_services(settings) if service not in always] if platform else []
    for service in [*always, *more]:
        if not service.is_local or service.name in ours:
            continue
        for port in service.ports:
            check = PortCheck(service.title, port)
            if check.is_free or stray:  # what a killed supervisor left behind is ended by `ecom up`
                yield Finding("port", "ok", f"{port} for {service.title}")
            else:
                level = platform if service in more and platform else "fail"
                yield Finding("port", level, *describe_taken(check))


def check_services(settings: Settings) -> Iterator[Finding]:
    """Of each service whether it works; one of ours that was not started is no failure."""
    from ecom.stack.control import status
    from ecom.stack.ready import check
    from ecom.stack.services import services

    states = {s.name: s for s in status(settings)}
    for service in services(settings):
        state = states[service.name]
        if service.is_local and state.state == "not started":
            yield Finding(service.name, "warn", "not started", "ecom up")
            continue
        try:
            check(service, settings)
        except EcomError as error:
            remedy = f"ecom logs {service.name}" if service.is_local else "see .env.example for its settings"
            yield Finding(service.name, "fail", str(error), remedy)
        else:
            yield Finding(service.name, "ok", f"works at {service.endpoint}")


def _existing(path: Path) -> Path:
    return next(p for p in (path, *path.parents) if p.exists())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
