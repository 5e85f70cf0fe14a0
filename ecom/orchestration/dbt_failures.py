"""Which dbt nodes failed in a task, and with what: Cosmos' exception has dbt's exit code only."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake.trino import query

log = logging.getLogger(__name__)
MOST = 5
BAD = ("error", "fail", "runtime error")


def failed_nodes(settings: Settings, context: Any) -> str | None:
    """Of the task's last try, from `gold_audit.dbt_results`; None when there are none, or Trino does not say."""
    began = getattr(context["ti"], "start_date", None) or datetime.now(UTC) - timedelta(hours=1)
    try:
        rows = query(
            settings,
            "select node_id, failures, message from gold_audit.dbt_results "
            f"where status in ({', '.join('?' * len(BAD))}) and finished_ts >= ? order by finished_ts limit ?",
            [*BAD, began, MOST],
        ).rows
    except EcomError as error:
        log.warning("What failed in dbt is not known: %s", error)
        return None
    return "; ".join(_sentence(*row) for row in rows) or None


def _sentence(node_id: str, failures: int | None, message: str | None) -> str:
    """`test.ecom_analytics.not_null_fct_sales_minute_gmv.0a1b` becomes the name that `dbt build -s` takes."""
    kind, _, name = node_id.split(".")[:3]
    rows = f" ({failures:,} rows in it)" if failures else ""
    return f"dbt {kind} {name}{rows}: {message or 'no message'}"
