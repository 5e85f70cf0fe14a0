"""The alerts of every DAG: email and Slack where the settings name them, the log in any case."""

import asyncio
import html
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import BaseNotifier

from ecom.base.errors import EcomError
from ecom.base.settings import Settings, load_settings
from ecom.orchestration.alerts import AlertBook, Problem

Why = Callable[[Settings, Any], str | None]

log = logging.getLogger(__name__)
Event = Literal["failed", "missed", "over"]
Context = dict[str, Any]


class Alert(BaseNotifier):
    """`failed` (a task, after its retries) and `missed` (a deadline) open a problem; `over` (a DAG run that succeeded)
    closes those of its DAG. Each opening and closing is sent once."""

    def __init__(
        self, event: Event, next_command: str = "ecom status", why: Why | None = None, context: Any = None
    ) -> None:
        """`why` finds out what the task's exception does not say; None when there is nothing to add."""
        super().__init__(context=context)
        self.event, self.next_command, self.why = event, next_command, why

    def notify(self, context: Any) -> None:
        """Raises when no channel took it; it is sent again when the problem is next met."""
        settings = load_settings()
        book = AlertBook(settings.ecom_home / "alerts")
        if self.event == "over":
            now = datetime.now(UTC).isoformat(timespec="seconds")
            _close(settings, book, f"{_dag_id(context)}.", now)
            return
        if self.event == "failed":
            problem = failed(context, self.next_command, self.why(settings, context) if self.why else None)
        else:
            problem = missed(context, self.next_command)
        if book.open(problem):
            is_sent = False
            try:
                is_sent = send(settings, problem)
            finally:
                if not is_sent:  # then that it is over is no news either
                    book.forget(problem)

    async def async_notify(self, context: Any) -> None:
        await asyncio.to_thread(self.notify, context)


def _close(settings: Settings, book: AlertBook, prefix: str, now: str) -> None:
    """Each problem that is over is told of; one that could not be told stays open, for the next run that succeeds."""
    untold = []
    for problem in book.close(prefix):
        try:
            send(settings, problem.over(now))
        except EcomError as error:
            book.open(problem)
            untold.append(str(error))
    if untold:
        raise EcomError(" ".join(untold))


def failed(context: Context, next_command: str, why: str | None = None) -> Problem:
    """From what Airflow gives a task's failure callback. Since when: the exception says it, or it is now."""
    ti = context["ti"]
    name = ti.task_id if getattr(ti, "map_index", -1) in (None, -1) else f"{ti.task_id}[{ti.map_index}]"
    exception = context.get("exception")
    why = " ".join((why or str(exception or "its process ended")).split())[:600]
    since = getattr(exception, "since", None) or datetime.now(UTC)
    where = f"DAG {ti.dag_id}, task {name}, run {ti.run_id}; its log: {getattr(ti, 'log_url', None) or 'in Airflow'}"
    return Problem(f"{ti.dag_id}.{name}", f"{ti.dag_id}: {name} failed: {why}", where, _iso(since), next_command)


def missed(context: Context, next_command: str) -> Problem:
    """From what Airflow gives a deadline's callback: plain values, no task."""
    run, deadline = context["dag_run"], context.get("deadline") or {}
    dag_id, run_id = _value(run, "dag_id"), _value(run, "dag_run_id") or _value(run, "run_id")
    due = _value(deadline, "deadline_time") or datetime.now(UTC)
    what = f"{dag_id} missed its deadline: its run has not ended in time"
    return Problem(f"{dag_id}.deadline", what, f"DAG {dag_id}, run {run_id}", _iso(due), next_command)


def send(settings: Settings, problem: Problem) -> bool:
    """Through each channel that the settings name; False when they name none. Raises EcomError when none took it."""
    log.warning("alert: %s", problem.text)
    channels = _channels(settings, problem)
    refused = []
    for name, notify in channels.items():
        try:
            notify()
        except Exception as error:  # whatever one channel's library raises, the other is tried
            log.exception("The alert could not be sent by %s", name)
            refused.append(f"{name} ({' '.join(str(error).split())[:200]})")
    if refused and len(refused) == len(channels):
        raise EcomError(f"No alert went out: {'; '.join(refused)}; check the ALERT_ settings. It was: {problem.what}")
    return bool(channels)


def _channels(settings: Settings, problem: Problem) -> dict[str, Callable[[], None]]:
    found: dict[str, Callable[[], None]] = {}
    if settings.alert_smtp_url and settings.alert_email_to:
        email = SmtpNotifier(
            to=[address.strip() for address in settings.alert_email_to.split(",")],
            from_email=settings.alert_email_from,
            subject=problem.subject,
            html_content=f"<pre>{html.escape(problem.text)}</pre>",
        )
        found["email"] = lambda: email.notify({})
    if settings.alert_slack_webhook_url:
        slack = SlackWebhookNotifier(slack_webhook_conn_id="slack_default", text=problem.text, timeout=20)
        found["Slack"] = lambda: slack.notify({})  # type: ignore[no-untyped-call]
    return found


def _dag_id(context: Context) -> str:
    return str(_value(context["dag_run"], "dag_id"))


def _value(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


def _iso(instant: Any) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds") if isinstance(instant, datetime) else str(instant)
