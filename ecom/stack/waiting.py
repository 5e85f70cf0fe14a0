"""How long a service that starts is waited for: as long as it does something, within a bound."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from ecom.base.errors import EcomError
from ecom.base.layout import Layout
from ecom.base.settings import Settings
from ecom.stack import supervise
from ecom.stack.logs import size, telling_line
from ecom.stack.ready import accepts, check
from ecom.stack.services import Service

LONGEST_S = 1800.0  # however much a service does meanwhile
QUIET_S = 60.0  # without a sign of work for so long, a service that is late is given up
TELL_S = 30.0
BUSY = 0.03  # of a core: more than an idle JVM takes
Report = Callable[[str], None]


@dataclass(frozen=True)
class Sign:
    """What a service has done up to a moment: `at` and `cpu_s` in seconds, `log` in bytes."""

    at: float
    log: int
    cpu_s: float

    def shows_work_since(self, before: "Sign") -> bool:
        """It wrote to its log, or computed; a process that took another's place did."""
        used = self.cpu_s - before.cpu_s
        return self.log != before.log or used < 0 or used > BUSY * (self.at - before.at)


class Patience:
    """With one service, from `first` on: fed with signs, says when it has an end."""

    def __init__(self, within_s: float, first: Sign) -> None:
        self._within_s, self._first, self._last_work = within_s, first, first

    def is_over(self, now: Sign) -> bool:
        if now.shows_work_since(self._last_work):
            self._last_work = now
        waited, quiet = now.at - self._first.at, now.at - self._last_work.at
        return waited > LONGEST_S or (waited > self._within_s and quiet > QUIET_S)


def await_ready(service: Service, settings: Settings, layout: Layout, report: Report, log_from: int = 0) -> None:
    """Returns once `service` works. One that is not ours is asked once; ours is waited for while it does something,
    and every half minute it is said for what. `log_from`: where in its log this start begins. Raises EcomError."""
    first = sign_of(service, layout)
    patience, told, last = Patience(service.ready_within_s, first), first.at, "nothing listens there yet"
    while True:
        try:
            if not service.is_local or accepts(service):
                check(service, settings)
                waited = time.monotonic() - first.at
                where = "" if service.endpoint == "-" else f" at {service.endpoint}"
                return report(f"{service.title}: ready{where} ({waited:.0f} s)")
        except EcomError as error:
            if not service.is_local:
                raise
            last = str(error)
        now = sign_of(service, layout)
        _refuse_ended(service, layout, log_from)
        if patience.is_over(now):
            late = f"did not become ready within {now.at - first.at:.0f} s ({last.rstrip('.')})"
            raise _given_up(service, layout, late, log_from)
        if now.at - told > TELL_S:
            told = now.at
            report(f"waiting for {service.title}, for {now.at - first.at:.0f} s so far: {last}")
        time.sleep(0.3)


def sign_of(service: Service, layout: Layout) -> Sign:
    process = supervise.processes(layout).get(service.name)
    cpu_s = _cpu_s(process.pid) if process and process.pid else 0.0
    return Sign(time.monotonic(), size(layout.log(service.name)), cpu_s)


def _cpu_s(pid: int) -> float:
    """Of a process and all below it."""
    total = 0.0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return total
    for process in family:
        try:
            times = process.cpu_times()
        except psutil.Error:  # ended meanwhile
            continue
        total += times.user + times.system
    return total


def _refuse_ended(service: Service, layout: Layout, log_from: int) -> None:
    process = supervise.processes(layout).get(service.name)
    if process is None or process.state in ("fatal", "exited", "stopped"):
        raise _given_up(service, layout, "does not stay up", log_from)


def _given_up(service: Service, layout: Layout, happened: str, log_from: int) -> EcomError:
    log = layout.log(service.name)
    said = f"its log {log} says of this start: {telling_line(log, log_from)}"
    rest = "What came up stays up: the same command goes on from there, `ecom down` stops it."
    return EcomError(f"{service.title} {happened}; {said.rstrip('.')}. {rest}")
