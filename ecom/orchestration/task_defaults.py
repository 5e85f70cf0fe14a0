"""What every task of every DAG has: an owner, a try more, an end, and somebody who is told."""

from datetime import timedelta
from typing import Any

from ecom.orchestration.notifier import Alert


def task_defaults(
    next_command: str,
    within: timedelta,
    retries: int = 1,
    retry_delay: timedelta = timedelta(seconds=30),
    alert: Alert | None = None,
) -> dict[str, Any]:
    """A DAG's `default_args`. `next_command` is what the alert tells its reader to type, unless `alert` is given;
    `within` is how long one try may take. A worker that died is no failure of the job: so there is always a retry."""
    return {
        "owner": "data-platform",
        "retries": retries,
        "retry_delay": retry_delay,
        "execution_timeout": within,
        "on_failure_callback": alert or Alert("failed", next_command),
    }
