"""The Bronze streams of all datasets in one driver until it is told to end: what `ecom stream bronze` runs.

A stream that fails is told and tried again, and holds up no other. Its supervisor starts the process again whenever it
ends: so what cannot be mended here ends it, and loudly; a stream that hangs is ended by a watchdog that asks nothing of
the JVM.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from threading import Event, Thread
from typing import Any, Protocol

from pyspark import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql.streaming.listener import StreamingQueryListener
from pyspark.sql.streaming.query import StreamingQuery

from ecom.base.errors import EcomError, ExitCode
from ecom.base.layout import Layout
from ecom.base.retry import retry
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract
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
RETRY_S = 30.0  # between the tries of a stream that failed
WAIT_S = 600.0  # for a broker or a bucket that is down, or for the driver before this one to end
ALIVE_WITHIN_S = 30.0  # an idle query says so every 10 s
STOP_WITHIN_S = 5.0


class Beside(Protocol):
    """What else works in the streams' session, in a thread of its own. `failed`: by name, what did not go well."""

    failed: dict[str, str]

    def start(self) -> None: ...

    def is_alive(self) -> bool: ...

    def stop(self) -> None: ...


def run(settings: Settings, refusal: str = "", beside: Callable[[SparkSession], Beside] | None = None) -> None:
    """Returns when SIGTERM came. `refusal`: what a second writer is told; `beside`: makes what works beside the
    streams. Raises EcomError, a sentence, when no stream could be started; one that hangs ends the process with
    code 3."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    refusal = refusal or (
        f"The Bronze stream (`ecom stream bronze`, pid {os.getpid()}) is at it: events are received as they come; "
        "go on with `ecom run silver`, then `ecom run gold`."
    )
    try:
        with ExitStack() as held:
            lock = retry(lambda: held.enter_context(one_writer(settings, JOB, refusal)), WAIT_S, stop)
            retry(lambda: _services_answer(settings), WAIT_S, stop)
            _stream(settings, lock, stop, beside)
    except Exception:
        if not stop.wait(1):  # a supervisor's SIGTERM reaches the JVM too: then what fails meanwhile is no failure
            raise
    log.info("Bronze streams: told to end, and ended")


def _services_answer(settings: Settings) -> None:
    check_s3(settings)
    check_kafka(settings)
    ensure_topics(settings)


def _stream(
    settings: Settings, lock: int, stop: Event, make_beside: Callable[[SparkSession], Beside] | None = None
) -> None:
    """The main thread calls nothing of the JVM while all streams run, so that a signal is answered at once."""
    spark = build_session(settings, JOB, inherited=(lock,))
    jvm: subprocess.Popen[bytes] = SparkContext._gateway.proc  # type: ignore[union-attr]
    streams = Streams(spark, settings, load_datasets(settings))
    beside = make_beside(spark) if make_beside else None
    try:
        streams.start()
        watchdog = Watchdog(settings, streams, jvm.pid, beside)
        watchdog.start()
        if beside:
            beside.start()
        log.info("Bronze streams: receiving %s", ", ".join(streams.topics))
        while not stop.wait(0.5):
            streams.tend()
            if jvm.poll() is not None or not watchdog.is_alive():
                raise EcomError(
                    f"Spark's JVM ended under the Bronze streams; see {Layout(settings.ecom_home).log('spark')}."
                )
            if beside and not beside.is_alive():
                raise EcomError("What follows Bronze ended by itself; see `ecom logs bronze`.")
    finally:
        _end(list(streams.queries.values()), jvm, beside)


class Streams:
    """A query for each dataset. `failed` holds, by topic, what a stream that does not run has to say."""

    def __init__(
        self, spark: SparkSession, settings: Settings, contracts: Mapping[str, Contract], retry_s: float = RETRY_S
    ) -> None:
        self._spark, self._settings, self._contracts, self._retry_s = spark, settings, contracts, retry_s
        self.pulses = {contract.topic: Pulse() for contract in contracts.values()}
        self.queries: dict[str, StreamingQuery] = {}
        self.failed: dict[str, str] = {}
        self._again_at = 0.0
        self._signs = SignsOfLife({f"bronze_{c.dataset}": self.pulses[c.topic] for c in contracts.values()})

    @property
    def topics(self) -> list[str]:
        return list(self.pulses)

    def start(self) -> None:
        """Raises EcomError when none could be started."""
        ensure(self._spark, self._settings, *(tables.raw(dataset) for dataset in self._contracts))
        self._spark.streams.addListener(self._signs)
        for contract in self._contracts.values():
            self._start(contract)
        if not self.queries:
            raise EcomError("\n".join(self.failed.values()))

    def tend(self) -> None:
        """Notes which streams ended, and starts again those that did, after a while."""
        if self._signs.ended.is_set():
            self._signs.ended.clear()
            ended = [topic for topic, query in self.queries.items() if not query.isActive]
            for topic in ended:
                self._note(topic, _failure(self.queries.pop(topic)))
        if self.failed and time.monotonic() >= self._again_at:
            for contract in self._contracts.values():
                if contract.topic in self.failed:
                    self._start(contract)

    def _start(self, contract: Contract) -> None:
        trigger = {"processingTime": f"{self._settings.bronze_trigger_seconds} seconds"}
        pulse = self.pulses[contract.topic]
        self._spark.sparkContext.setLocalProperty("spark.scheduler.pool", contract.dataset)
        try:
            stream = start(self._spark, self._settings, contract, trigger=trigger, pulse=pulse)
        except EcomError as error:
            self._note(contract.topic, error)
            return
        self.queries[contract.topic] = stream.query
        if self.failed.pop(contract.topic, None):
            log.info("Bronze stream of %s: at work again", contract.topic)

    def _note(self, topic: str, error: EcomError) -> None:
        if self.failed.get(topic) != str(error):
            log.error("The Bronze stream of %s does not run, the others do: %s", topic, error)
        self.failed[topic] = str(error)
        self._again_at = time.monotonic() + self._retry_s


def _failure(query: StreamingQuery) -> EcomError:
    try:
        finish([query])
    except EcomError as error:
        return error
    return EcomError("A Bronze stream ended by itself, without a reason; start it again with `ecom stream bronze`.")


def _end(queries: list[StreamingQuery], jvm: subprocess.Popen[bytes], beside: Beside | None = None) -> None:
    """In good order where that is quick: a micro-batch that is cut off is read again at the next start."""
    if beside:
        beside.stop()
    stopping = Thread(target=_stop, args=(queries,), daemon=True)
    stopping.start()
    stopping.join(STOP_WITHIN_S)
    jvm.kill()
    jvm.wait()


def _stop(queries: list[StreamingQuery]) -> None:
    for query in queries:
        with suppress(Exception):  # the JVM may be gone
            query.stop()
    with suppress(Exception):  # it would print a traceback once the JVM is gone
        SparkContext._active_spark_context._accumulatorServer.shutdown()  # type: ignore[union-attr]


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
    """Writes the heartbeat while the running queries live; ends the process, JVM first, when one is stuck."""

    def __init__(self, settings: Settings, streams: Streams, jvm_pid: int, beside: Beside | None = None) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._settings, self._streams, self._jvm_pid, self._beside = settings, streams, jvm_pid, beside
        self._bucket = Bucket(settings)

    def run(self) -> None:
        """Looks at the streams again and again, until the process ends. An error is logged once, not at each look."""
        pause = min(heartbeat.EVERY_S, self._settings.bronze_stuck_seconds / 4)
        message = ""
        while True:
            try:
                self._look()
                message = ""
            except EcomError as error:
                if str(error) != message:
                    log.warning("%s", error)
                message = str(error)
            time.sleep(pause)

    def _look(self) -> None:
        failed = dict(self._streams.failed)
        running = {topic: pulse for topic, pulse in self._streams.pulses.items() if topic not in failed}
        for topic, pulse in running.items():
            stuck = pulse.stuck_for(self._topic(topic))
            if stuck > self._settings.bronze_stuck_seconds:
                self._end_process(topic, stuck)
        if all(pulse.silent_for() < ALIVE_WITHIN_S for pulse in running.values()):
            position = {place: end for pulse in running.values() for place, end in pulse.position.items()}
            others = dict(self._beside.failed) if self._beside else {}
            heartbeat.write_heartbeat(self._bucket, position, failed | others)

    def _topic(self, topic: str) -> TopicState | None:
        try:
            return topic_state(self._settings, topic)
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
