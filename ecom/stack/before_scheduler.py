"""What happens before Airflow's scheduler starts: its API server answers, and a killed one's idle workers are gone."""

import psutil

from ecom.base.layout import Layout
from ecom.base.retry import retry
from ecom.base.settings import Settings
from ecom.stack.ready import check_airflow
from ecom.stack.supervise import end, leftovers

WITHIN_S = 240.0
IDLE = "<idle>"  # in the title that Airflow's LocalExecutor gives a worker without a task


def before_scheduler(settings: Settings) -> None:
    """Raises EcomError when the API server does not answer in time: every task would fail."""
    end(idle_orphans(settings))
    retry(lambda: check_airflow(settings, "api-server"), WITHIN_S)


def idle_orphans(settings: Settings) -> list[psutil.Process]:
    """Workers whose scheduler was killed. One that has a task is left to finish it."""
    found = []
    for process in leftovers(Layout(settings.ecom_home)):
        try:
            is_orphan = process.ppid() == 1 and any(IDLE in word for word in process.cmdline())
        except psutil.Error:  # ended meanwhile
            continue
        found += [process] if is_orphan else []
    return found
