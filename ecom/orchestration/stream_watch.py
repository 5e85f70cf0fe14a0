"""The task that watches the Bronze streams: it waits in the triggerer, so that it holds no worker."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowFailException
from airflow.triggers.base import BaseTrigger, TriggerEvent

from ecom.base.errors import EcomError
from ecom.base.settings import Settings, load_settings
from ecom.trust.watch import Watch, sample

LOOK_EVERY_S = 10.0
RUN_S = 300.0  # then the run ends well, and the next begins
BELIEVED_AFTER = 3  # looks in a row that find a problem: one alone may be a restart, or a broker that was slow once


class StreamsFailed(AirflowFailException):
    """What is wrong with the streams, and `since` when: the alert says both, at once. Only a watch that could not look
    is tried again."""

    def __init__(self, sentence: str, since: datetime) -> None:
        super().__init__(sentence)
        self.since = since


class WatchStreams(BaseOperator):
    """Fails when the streams are gone or fall behind; ends after some minutes without either."""

    deferrable = True

    def execute(self, context: Any) -> None:
        trigger = StreamsTrigger()  # type: ignore[no-untyped-call]
        self.defer(trigger=trigger, method_name="report")

    def report(self, context: Any, event: dict[str, Any]) -> None:
        """What the triggerer found."""
        if event["problem"]:
            raise StreamsFailed(event["problem"], datetime.fromisoformat(event["since"]))


class StreamsTrigger(BaseTrigger):
    """Looks at Kafka's offsets, the tables' and the heartbeat until there is a problem, or the time is over."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return f"{type(self).__module__}.{type(self).__qualname__}", {}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yields one event: the problem and since when, or no problem after RUN_S seconds."""
        settings = load_settings()
        watch = Watch(settings.lag_objective_seconds)
        until, seen = time.monotonic() + RUN_S, 0
        while True:
            problem, since = await asyncio.to_thread(look, settings, watch)
            seen = seen + 1 if problem else 0
            if seen == BELIEVED_AFTER or (problem is None and time.monotonic() > until):
                break
            await asyncio.sleep(LOOK_EVERY_S)
        yield TriggerEvent({"problem": problem, "since": since.isoformat()})  # type: ignore[no-untyped-call]


def look(settings: Settings, watch: Watch) -> tuple[str | None, datetime]:
    """One sentence when something is wrong, and since when; that Kafka or S3 does not answer is such a thing too."""
    try:
        problem = watch.look(sample(settings))
    except EcomError as error:
        return str(error), datetime.now(UTC)
    return (problem.sentence, problem.since) if problem else (None, datetime.now(UTC))


def restart_fatal() -> list[str]:
    """Starts the Bronze streams where the local supervisor has given them up; nothing where it is not ours."""
    from ecom.base.layout import Layout
    from ecom.stack.supervise import processes, start_stopped

    layout = Layout(load_settings().ecom_home)
    process = processes(layout).get("bronze")
    return start_stopped(layout, ["bronze"]) if process and process.state == "fatal" else []
