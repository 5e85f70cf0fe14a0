"""The heartbeat comes back as it was written."""

import os
import socket
from datetime import UTC, datetime, timedelta

from ecom.lake.heartbeat import KEY, read_heartbeat, write_heartbeat
from tests.bucket import Objects

POSITION = {("orders.events", 0): 12, ("payments.events", 2): 0}


def test_where_no_stream_ever_ran_there_is_none() -> None:
    assert read_heartbeat(Objects({})) is None


def test_it_says_when_where_and_how_far() -> None:
    bucket = Objects({})
    write_heartbeat(bucket, POSITION, {"orders.events": "it lost its checkpoint"})
    beat = read_heartbeat(bucket)
    assert beat is not None
    assert timedelta(0) <= datetime.now(UTC) - beat.time < timedelta(seconds=5)
    assert (beat.host, beat.pid) == (socket.gethostname(), os.getpid())
    assert (beat.position, beat.failed) == (POSITION, {"orders.events": "it lost its checkpoint"})


def test_a_later_one_takes_its_place() -> None:
    bucket = Objects({})
    write_heartbeat(bucket, {})
    write_heartbeat(bucket, POSITION)
    beat = read_heartbeat(bucket)
    assert beat is not None and beat.position == POSITION and list(bucket.objects) == [KEY]


def test_one_of_an_older_release_names_no_failed_stream() -> None:
    text = '{"time": "2026-01-31T10:00:00+00:00", "host": "h", "pid": 7, "position": {}}'
    beat = read_heartbeat(Objects({KEY: text}))
    assert beat is not None and beat.failed == {}
