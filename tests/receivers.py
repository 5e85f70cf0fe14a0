"""A real SMTP server and a real HTTP receiver, for what the alerts send."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Received:
    """What came in over both channels."""

    mails: list[tuple[str, str]] = field(default_factory=list)  # subject, text
    slack: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        mail = message_from_bytes(envelope.content)
        parts = [part for part in mail.walk() if not part.is_multipart()]
        text = "".join(bytes(part.get_payload(decode=True)).decode() for part in parts)
        self.mails.append((" ".join(str(mail["Subject"]).split()), text))
        return "250 OK"


def alert_settings(smtp_port: int, slack_port: int) -> dict[str, str]:
    """The variables that send alerts there."""
    return {
        "ALERT_EMAIL_TO": "finance@example.org, data@example.org",
        "ALERT_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}?starttls=off",
        "ALERT_SLACK_WEBHOOK_URL": f"http://127.0.0.1:{slack_port}/services/T0/B0/x",
    }


@contextmanager
def smtp_server(received: Received) -> Iterator[int]:
    """Its port."""
    with socket.socket() as probe:  # the controller connects to its own port: it must be told which
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    controller = Controller(received, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def slack_receiver(received: Received) -> Iterator[int]:
    """Its port."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.slack.append(json.loads(body)["text"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
