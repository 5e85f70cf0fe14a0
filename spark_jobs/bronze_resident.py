"""Both Bronze streams in one driver until it is told to end: what `ecom stream bronze` runs.

Its supervisor starts it again whenever it ends. So whatever cannot be mended here ends the process, and loudly; a
stream that hangs is ended by a watchdog that asks nothing of the JVM.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from threading import Event, Thread
from typing import Any

from pyspark import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql.streaming.listener import StreamingQueryListener
from pyspark.sql.streaming.query import StreamingQuery

from ecom.base.errors import EcomError, ExitCode
from ecom.base.layout import Layout
from ecom.base.retry import patiently
from ecom.base.settings import Settings
from ecom.lake import heartbeat, tables
from ecom.lake.kafka import TopicState, topic_state
from ecom.lake.s3 import Bucket
from ecom.lake.topics import ensure_topics
from ecom.stack.ready import check_kafka, check_s3
from spark_jobs.bronze_stream import start
from spark_jobs.job import one_writer
from spark_jobs.pulse import Pulse
from spark_jobs.session import build_session
from spark_jobs.streams import finish
from spark_jobs.tables import ensure

log = logging.getLogger(__name__)
JOB = "bronze_stream"
WAIT_S = 600.0  # for a broker or a bucket that is down, or for the driver before this one to end
ALIVE_WITHIN_S = 30.0  # an idle query says so every 10 s
STOP_WITHIN_S = 5.0


def run(settings: Settings) -> None:
    """Returns when SIGTERM came. Raises EcomError, a sentence, when a stream failed; a stream that hangs ends the
    process with code 3."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    refusal = (
        f"The Bronze stream (`ecom stream bronze`, pid {os.getpid()}) is at it: events are received as they come; "
        "go on with `ecom run silver`, then `ecom run gold`."
    )
    try:
        with ExitStack() as held:
            lock = patiently(lambda: held.enter_context(one_writer(settings, JOB, refusal)), WAIT_S, stop)
            patiently(lambda: _services_answer(settings), WAIT_S, stop)
            _stream(settings, lock, stop)
    except Exception:
        if not stop.wait(1):  # a supervisor's SIGTERM reaches the JVM too: then what fails meanwhile is no failure
            raise
    log.info("Bronze streams: told to end, and ended")


def _services_answer(settings: Settings) -> None:
    check_s3(settings)
    check_kafka(settings)
    ensure_topics(settings)


def _stream(settings: Settings, lock: int, stop: Event) -> None:
    """The main thread calls nothing of the JVM while the streams run, so that a signal is answered at once."""
    spark = build_session(settings, JOB, inherited=(lock,))
    jvm: subprocess.Popen[bytes] = SparkContext._gateway.proc  # type: ignore[union-attr]
    queries: list[StreamingQuery] = []
    try:
        ensure(spark, settings, *map(tables.raw, tables.SUBJECTS))
        pulses = {subject: Pulse() for subject in tables.SUBJECTS}
        listener = SignsOfLife({f"bronze_{subject}": pulse for subject, pulse in pulses.items()})
        spark.streams.addListener(listener)
        for subject, pulse in pulses.items():
            queries.append(_start(spark, settings, subject, pulse))
        watchdog = Watchdog(settings, pulses, jvm.pid)
        watchdog.start()
        log.info("Bronze streams: receiving %s", " and ".join(settings.topics.values()))
        while not stop.wait(0.5):
            if listener.ended.is_set():
                raise _failure(queries)
            if jvm.poll() is not None or not watchdog.is_alive():
                raise EcomError(
                    f"Spark's JVM ended under the Bronze streams; see {Layout(settings.ecom_home).log('spark')}."
                )
    finally:
        _end(queries, jvm)


def _start(spark: SparkSession, settings: Settings, subject: str, pulse: Pulse) -> StreamingQuery:
    trigger = {"processingTime": f"{settings.bronze_trigger_seconds} seconds"}
    return start(spark, settings, subject, trigger=trigger, pulse=pulse)


def _failure(queries: list[StreamingQuery]) -> EcomError:
    try:
        finish([query for query in queries if not query.isActive])
    except EcomError as error:
        return error
    return EcomError("A Bronze stream ended by itself, without a reason; start it again with `ecom stream bronze`.")


def _end(queries: list[StreamingQuery], jvm: subprocess.Popen[bytes]) -> None:
    """In good order where that is quick: a micro-batch that is cut off is read again at the next start."""
    stopping = Thread(target=_stop, args=(queries,), daemon=True)
    stopping.start()
    stopping.join(STOP_WITHIN_S)
    jvm.kill()
    jvm.wait()


def _stop(queries: list[StreamingQuery]) -> None:
    for query in queries:
        with suppress(Exception):  # the JVM may be gone
            query.stop()


class SignsOfLife(StreamingQueryListener):
    """What Spark says of its queries, by their names. `ended` is set when one of them has."""

    def __init__(self, pulses: dict[str, Pulse]) -> None:
        self._pulses, self._names, self.ended = pulses, dict[Any, str](), Event()

    def onQueryStarted(self, event: Any) -> None:  # noqa: N802
        self._names[event.id] = event.name

    def onQueryProgress(self, event: Any) -> None:  # noqa: N802
        self._beat(event.progress.id)

    def onQueryIdle(self, event: Any) -> None:  # noqa: N802
        self._beat(event.id)

    def onQueryTerminated(self, event: Any) -> None:  # noqa: N802
        self.ended.set()

    def _beat(self, query_id: Any) -> None:
        pulse = self._pulses.get(self._names.get(query_id, ""))
        if pulse:
            pulse.beat()


class Watchdog(Thread):
    """Writes the heartbeat while both queries live; ends the process, JVM first, when one is stuck."""

    def __init__(self, settings: Settings, pulses: dict[str, Pulse], jvm_pid: int) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._settings, self._pulses, self._jvm_pid = settings, pulses, jvm_pid
        self._bucket = Bucket(settings)

    def run(self) -> None:
        pause = min(heartbeat.EVERY_S, self._settings.bronze_stuck_seconds / 4)
        said = ""
        while True:
            try:
                self._look()
                said = ""
            except EcomError as error:
                if str(error) != said:
                    log.warning("%s", error)
                said = str(error)
            time.sleep(pause)

    def _look(self) -> None:
        for subject, pulse in self._pulses.items():
            stuck = pulse.stuck_for(self._topic(subject))
            if stuck > self._settings.bronze_stuck_seconds:
                self._end_process(self._settings.topics[subject], stuck)
        if all(pulse.silent_for() < ALIVE_WITHIN_S for pulse in self._pulses.values()):
            orders, payments = (self._pulses[subject].position for subject in tables.SUBJECTS)
            heartbeat.write_heartbeat(self._bucket, orders | payments)

    def _topic(self, subject: str) -> TopicState | None:
        try:
            return topic_state(self._settings, self._settings.topics[subject])
        except EcomError:
            return None  # the stream itself finds out, and says it better

    def _end_process(self, topic: str, stuck: float) -> None:
        log.error(
            "The Bronze stream of %s made no progress for %.0f s while events wait: ended, to start anew.", topic, stuck
        )
        sys.stderr.flush()
        with suppress(ProcessLookupError):
            os.kill(self._jvm_pid, signal.SIGKILL)  # first: one that hangs might go on later, and write
        os._exit(ExitCode.UNAVAILABLE)
