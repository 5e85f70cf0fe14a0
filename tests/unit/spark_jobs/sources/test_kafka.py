"""How a topic is read: from each partition's next offset, and committed records alone."""

import json
from typing import Any

import pytest

from ecom.base.settings import ROOT, Settings
from ecom.contracts.loader import load_contracts
from ecom.lake.kafka import TopicState
from spark_jobs.sources import SourceState, kafka
from spark_jobs.sources.kafka import KafkaSource
from spark_jobs.sources.registry import source_of

SETTINGS = Settings(kafka_bootstrap="broker:9092")
STATE = SourceState("orders.events", "id", low={0: 5, 1: 0, 2: 0}, high={0: 20, 1: 9, 2: 0})


class Reader:
    """Spark's reader of streams: keeps what it is given."""

    options_given: dict[str, str]

    @property
    def readStream(self) -> "Reader":  # noqa: N802
        return self

    def format(self, name: str) -> "Reader":
        assert name == "kafka"
        return self

    def options(self, **given: str) -> "Reader":
        self.options_given = given
        return self

    def load(self) -> "Reader":
        return self


def options(after: dict[tuple[str, int], int]) -> dict[str, str]:
    reader: Any = Reader()
    KafkaSource(SETTINGS, "orders.events").stream(reader, STATE, after)
    found: dict[str, str] = reader.options_given
    return found


def test_each_partition_goes_on_at_its_next_offset_and_a_new_one_begins_at_its_first() -> None:
    starts = json.loads(options({("orders.events", 1): 7, ("another", 0): 99})["startingOffsets"])
    assert starts == {"orders.events": {"0": 5, "1": 7, "2": 0}}


def test_what_aged_out_is_not_asked_for_again() -> None:
    assert json.loads(options({("orders.events", 0): 2})["startingOffsets"])["orders.events"]["0"] == 5


def test_only_committed_records_are_read_and_a_loss_is_an_error() -> None:
    given = options({})
    assert (given["kafka.isolation.level"], given["failOnDataLoss"]) == ("read_committed", "true")
    assert (given["kafka.bootstrap.servers"], given["subscribe"]) == ("broker:9092", "orders.events")


def test_a_topic_s_state_and_id_are_the_broker_s(monkeypatch: pytest.MonkeyPatch) -> None:
    there = TopicState("orders.events", "id", {0: 5}, {0: 20}, {0: 18})
    monkeypatch.setattr(kafka, "topic_state", lambda settings, topic: there)
    monkeypatch.setattr(kafka, "topic_ids", lambda settings, topics: {"orders.events": "id"})
    assert KafkaSource(SETTINGS, "orders.events").state() == SourceState("orders.events", "id", {0: 5}, {0: 20})
    assert KafkaSource(SETTINGS, "orders.events").known_id() == "id"
    assert KafkaSource(SETTINGS, "gone").known_id() is None


def test_a_micro_batch_reached_what_the_checkpoint_planned() -> None:
    planned = ['{"orders.events":{"0":12,"1":7}}']
    reached = KafkaSource(SETTINGS, "orders.events").reached(planned)
    assert reached == {("orders.events", 0): 12, ("orders.events", 1): 7}


def test_a_dataset_s_source_is_its_contract_s_topic() -> None:
    assert source_of(SETTINGS, load_contracts(ROOT / "contracts")["payments"]).name == "payments.events"
