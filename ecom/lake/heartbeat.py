"""The heartbeat of the Bronze streams: an object in the lake, so that whoever watches needs to reach nothing else."""

import json
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime

from ecom.lake.commit_note import Position
from ecom.lake.s3 import Bucket

KEY = "_heartbeats/bronze_stream.json"
EVERY_S = 10.0
GONE_AFTER_S = 45.0


@dataclass(frozen=True)
class Heartbeat:
    """When, where and up to which offsets both streams were at work."""

    time: datetime
    host: str
    pid: int
    position: Position


def write_heartbeat(bucket: Bucket, position: Position) -> None:
    nested: dict[str, dict[str, int]] = {}
    for (topic, partition), offset in sorted(position.items()):
        nested.setdefault(topic, {})[str(partition)] = offset
    content = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "position": nested,
    }
    bucket.write(KEY, json.dumps(content))


def read_heartbeat(bucket: Bucket) -> Heartbeat | None:
    """None when no stream ever ran on this lake."""
    text = bucket.read(KEY)
    if text is None:
        return None
    found = json.loads(text)
    position = {(topic, int(p)): offset for topic, ends in found["position"].items() for p, offset in ends.items()}
    return Heartbeat(datetime.fromisoformat(found["time"]), found["host"], found["pid"], position)
