"""The stand-in as an HTTP server on a port of its own."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fake_metabase import content, databases, login, routes
from tests.fake_metabase.description import check
from tests.fake_metabase.state import Answer, State

HANDLERS = (login, databases, content)  # importing them fills the routes' table


@dataclass
class FakeMetabase:
    """`seen` has method, path and status of every request; `undeclared` what no description knows of. With
    `fails_at_write` the write of that number, from 0, fails, and so does what comes after it."""

    state: State
    url: str = ""
    seen: list[tuple[str, str, int]] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)
    health_asked: int = 0
    fails_at_write: int | None = None

    @property
    def writes(self) -> list[tuple[str, str]]:
        """What was changed, logging in aside."""
        return [(m, p) for m, p, status in self.seen if m != "GET" and p != "/api/session" and status < 400]

    def answer(self, method: str, target: str, headers: Any, raw: bytes) -> tuple[int, Any]:
        parts = urlsplit(target)
        path, query = parts.path.rstrip("/"), parse_qs(parts.query)
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            return 400, "Malformed JSON in request body."
        try:
            status, reply = 200, self._answer(method, path, query, body, headers)
        except Answer as answer:
            status, reply = answer.status, answer.body
        self.seen.append((method, path, status))
        return status, reply

    def _answer(self, method: str, path: str, query: dict[str, list[str]], body: Any, headers: Any) -> Any:
        if path == "/api/health":  # the description leaves it out
            return self._health()
        checked = check(method, path, query, body)
        if method != "GET" and self.fails_at_write is not None and len(self.writes) >= self.fails_at_write:
            raise Answer(500, {"message": "out of disk"})
        handler = routes.ROUTES.get((method, checked.route or ""))
        if checked.route is None or handler is None:
            raise Answer(404, "API endpoint does not exist.")
        user = self.state.user_of(headers)
        if user is None and (method, checked.route) not in routes.OPEN:
            raise Answer(401, "Unauthenticated")
        if checked.problems:
            raise Answer(400, {"errors": checked.problems, "specific-errors": checked.problems})
        if user and not user["is_superuser"] and method != "GET":
            raise Answer(403, "You don't have permissions to do that.")
        self.undeclared += [f"{method} {checked.route}: {name}" for name in checked.undeclared]
        return handler(self.state, checked.path, query, body or {}, user or {})

    def _health(self) -> Any:
        self.health_asked += 1
        if self.health_asked <= self.state.healthy_after:
            raise Answer(503, {"status": "initializing", "progress": 0.5})
        return {"status": "ok"}


@contextmanager
def running(state: State | None = None, port: int = 0) -> Iterator[FakeMetabase]:
    fake = FakeMetabase(state or State())
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with one_at_a_time:
                status, reply = fake.answer(self.command, self.path, self.headers, raw)
            as_text = isinstance(reply, str)
            content = reply.encode() if as_text else json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain" if as_text else "application/json;charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 (the server's names)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
