"""Which version of the order state is published, and when there is none to publish."""

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from ecom.orchestration import published
from ecom.orchestration.published import order_state_version


@pytest.fixture(autouse=True)
def _at_version_7(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "data_version", lambda settings, table: 7)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [{"order_state_version": 6}],
        [{"order_state_version": 7}, {"order_state_version": 6}],
        [{"of_somebody_else": 7}],
    ],
)
def test_what_was_not_published_last_is_published(events: list[dict[str, int]]) -> None:
    assert order_state_version(events) == 7


def test_what_was_published_last_is_skipped() -> None:
    with pytest.raises(AirflowSkipException, match="still at version 7"):
        order_state_version([{"order_state_version": 6}, {"order_state_version": 7}])
