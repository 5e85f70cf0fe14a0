"""The heartbeat of the Bronze streams: an object in the lake, so that whoever watches needs to reach nothing else."""

import json
import os
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ecom.lake.commit_note import Position, flat, nested
from ecom.lake.s3 import Bucket

KEY = "_heartbeats/bronze_stream.json"
EVERY_S = 10.0
GONE_AFTER_S = 45.0


@dataclass(frozen=True)
class Heartbeat:
    """When, where and up to which offsets the streams were at work. `failed`: by topic, why its stream was not."""

    time: datetime
    host: str
    pid: int
    position: Position
    failed: dict[str, str] = field(default_factory=dict)


def write_heartbeat(bucket: Bucket, position: Position, failed: dict[str, str] | None = None) -> None:
    content = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "position": nested(position),
        "failed": failed or {},
    }
    bucket.write(KEY, json.dumps(content))


def read_heartbeat(bucket: Bucket) -> Heartbeat | None:
    """None when no stream ever ran on this lake."""
    text = bucket.read(KEY)
    if text is None:
        return None
    found = json.loads(text)
    return Heartbeat(
        datetime.fromisoformat(found["time"]),
        found["host"],
        found["pid"],
        flat(found["position"]),
        found.get("failed", {}),
    )
