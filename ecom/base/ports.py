"""Is a local port free, and if not, who has it?"""

import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from ecom.base.settings import LOOPBACK, PORTS

LAST_OFFSET = max(offset for _, offset in PORTS.values())
FIRST_BASE = 21_000


@dataclass(frozen=True)
class PortCheck:
    """A port that a service wants."""

    title: str
    port: int

    @property
    def is_free(self) -> bool:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, self.port))
            except OSError:
                return False
        return True

    @property
    def owner(self) -> str:
        """The process that listens there, as far as this user may know."""
        try:
            pids = {c.pid for c in psutil.net_connections("tcp") if c.laddr and c.laddr.port == self.port and c.pid}
            return ", ".join(f"{psutil.Process(pid).name()} (pid {pid})" for pid in sorted(pids)) or "another process"
        except psutil.Error:
            return "another process"


def outgoing_ports(path: Path = Path("/proc/sys/net/ipv4/ip_local_port_range")) -> tuple[int, int] | None:
    """The lowest and the highest port that the system takes for outgoing connections; None: it does not say."""
    try:
        low, high = map(int, path.read_text().split())
    except (OSError, ValueError):
        return None
    return low, high


def free_base(below: int) -> int | None:
    """A number for ECOM_PORT_BASE whose ports are all free now and lie below the port `below`."""
    for base in range(FIRST_BASE, below - LAST_OFFSET, 1000):
        if all(PortCheck("", base + offset).is_free for offset in range(1, LAST_OFFSET + 1)):
            return base
    return None


def describe_taken(check: PortCheck) -> tuple[str, str]:
    """What is wrong, and the remedy."""
    return (
        f"port {check.port} for {check.title} is taken by {check.owner}",
        "end that, or set ECOM_PORT_BASE to another number (such as 27000): it moves all of our ports",
    )
