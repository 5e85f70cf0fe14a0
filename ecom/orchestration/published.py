"""Whether `silver.order_state` has changed since Airflow's Asset was last updated."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.sdk.exceptions import AirflowSkipException

from ecom.base.settings import load_settings
from ecom.lake.pending import data_version

ORDER_STATE = "silver.order_state"


def order_state_version(published: Sequence[Mapping[str, Any]]) -> int:
    """The version to publish; `published` are the extras of the Asset's events. Skips the task when it was published.

    A rebuilt table counts on from its old versions, so an equal number is the same data.
    """
    version = data_version(load_settings(), ORDER_STATE)
    last = published[-1].get("order_state_version") if published else -1
    if version == last:
        raise AirflowSkipException(f"silver.order_state is still at version {version}: nothing to publish.")
    return version
