"""What the processes of a stack listen on."""

import psutil

from ecom.base.settings import LOOPBACK

ON_LOOPBACK = {LOOPBACK, "::1", f"::ffff:{LOOPBACK}"}


def family(*pids: int) -> list[psutil.Process]:
    """These processes and all below them; not those that have ended, and wait to be asked how."""
    found = []
    for pid in pids:
        try:
            process = psutil.Process(pid)
            found += [p for p in (process, *process.children(True)) if p.status() != psutil.STATUS_ZOMBIE]
        except psutil.NoSuchProcess:  # ended meanwhile
            continue
    return found


def listening(processes: list[psutil.Process]) -> set[tuple[str, str, int]]:
    """Process name, address and port of each socket."""
    found = set()
    for process in processes:
        try:
            sockets = process.net_connections(kind="inet")
            found |= {(process.name(), s.laddr.ip, s.laddr.port) for s in sockets if s.status == psutil.CONN_LISTEN}
        except (psutil.NoSuchProcess, FileNotFoundError):  # ended meanwhile
            continue
    return found
