"""Is a local port free, and if not, who has it?"""

import socket
from dataclasses import dataclass

import psutil

from ecom.base.settings import LOOPBACK


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


def describe_taken(check: PortCheck) -> tuple[str, str]:
    """What is wrong, and the remedy."""
    return (
        f"port {check.port} for {check.title} is taken by {check.owner}",
        "end that, or set ECOM_PORT_BASE to another number (such as 27000): it moves all of our ports",
    )
