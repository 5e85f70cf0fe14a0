"""Topics are made where the broker is ours, and asked for where it is not."""

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import ROOT, Settings
from ecom.contracts.loader import load_contracts
from ecom.lake import kafka, topics
from ecom.lake.topics import ensure_topics

CONTRACTS = list(load_contracts(ROOT / "contracts").values())
ORDERS, PAYMENTS = (contract.topic for contract in CONTRACTS)


@pytest.fixture
def created(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been created; the broker has the orders' topic already."""
    found = list[str]()
    monkeypatch.setattr(kafka, "topic_ids", lambda settings, wanted: {t: "id" for t in wanted if t == ORDERS})
    monkeypatch.setattr(topics, "_create", lambda settings, names: found.extend(names))
    return found


def test_only_what_is_missing_is_made(created: list[str]) -> None:
    assert ensure_topics(Settings(), CONTRACTS, is_ours=True) == created == [PAYMENTS]


def test_nothing_is_made_where_nothing_is_missing(created: list[str]) -> None:
    assert ensure_topics(Settings(), CONTRACTS[:1], is_ours=False) == created == []


def test_on_somebody_else_s_broker_the_error_says_the_command(created: list[str]) -> None:
    settings = Settings(kafka_bootstrap="broker-1:9092")
    with pytest.raises(EcomError, match=rf"Topic {PAYMENTS} is not on broker-1:9092; create it: kafka-topics\.sh"):
        ensure_topics(settings, CONTRACTS)
    assert created == []
