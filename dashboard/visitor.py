"""A visitor without a browser: opens the page over its WebSocket, as Streamlit's own client does, and waits for all of
it. The page's process visits itself once, so that no reader waits for what is loaded and compiled the first time;
bench/page.py lets many of them come at once.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol


@contextmanager
def opened(url: str, within_s: float = 10) -> Iterator[ClientConnection]:
    """A session of its own on the page at `url`, http://HOST:PORT."""
    address = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    protocols = [Subprotocol("streamlit")]
    with connect(
        address, origin=Origin(url), subprotocols=protocols, open_timeout=within_s, max_size=None, proxy=None
    ) as session:
        yield session


def visit(session: ClientConnection, query: str, within_s: float = 60) -> list[ForwardMsg]:
    """All that the page at `?query` sends. Raises TimeoutError."""
    wanted = BackMsg()
    wanted.rerun_script.query_string = query
    return _answer(session, wanted, within_s)


def refresh(session: ClientConnection, fragment_id: str, query: str, within_s: float = 60) -> list[ForwardMsg]:
    """What comes of one part of the page that asks again, as its `auto_rerun` message told. Raises TimeoutError."""
    wanted = BackMsg()
    wanted.rerun_script.query_string, wanted.rerun_script.fragment_id = query, fragment_id
    wanted.rerun_script.is_auto_rerun = True
    return _answer(session, wanted, within_s)


def _answer(session: ClientConnection, wanted: BackMsg, within_s: float) -> list[ForwardMsg]:
    session.send(wanted.SerializeToString())
    until, received = time.monotonic() + within_s, list[ForwardMsg]()
    while not received or received[-1].WhichOneof("type") != "script_finished":
        message = ForwardMsg()
        message.ParseFromString(session.recv(timeout=max(until - time.monotonic(), 0), decode=False))
        received.append(message)
    return received
