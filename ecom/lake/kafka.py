"""What the jobs and commands ask the broker: offsets and topic ids. Every call is bounded in time."""

from dataclasses import dataclass
from typing import Any

from confluent_kafka import IsolationLevel, KafkaException, TopicCollection, TopicPartition
from confluent_kafka import admin as kafka_admin

from ecom.base.errors import EcomError
from ecom.base.settings import Settings

_admin: Any = kafka_admin  # the package exports its names without saying so to type checkers
TIMEOUT_S = 8


@dataclass(frozen=True)
class TopicState:
    """Offsets by partition. `low`: the first that is still there; `high`: the high watermark, one after the last;
    `stable`: the last stable offset, up to which committed records can be read: an open transaction holds it back."""

    name: str
    id: str
    low: dict[int, int]
    high: dict[int, int]
    stable: dict[int, int]


def unreachable(settings: Settings, cause: object) -> EcomError:
    return EcomError(
        f"Kafka at {settings.bootstrap} did not answer within {TIMEOUT_S} s ({cause}); "
        "start the local one with `ecom up`, or check KAFKA_BOOTSTRAP."
    )


def topic_ids(settings: Settings, topics: list[str]) -> dict[str, str]:
    """The broker's id of each topic that exists; a topic that is deleted and made again has another."""
    return {name: str(found.topic_id) for name, found in _describe(settings, topics).items()}


def topic_state(settings: Settings, topic: str) -> TopicState:
    """Id and offsets of a topic. Raises EcomError when the broker or the topic is not there."""
    found = _describe(settings, [topic]).get(topic)
    if found is None:
        raise EcomError(f"Topic {topic} is not on the broker {settings.bootstrap}; create it, then run again.")
    admin = _client(settings)
    partitions = [TopicPartition(topic, one.id) for one in found.partitions]
    latest = _admin.OffsetSpec.latest()
    asked = [
        _ask(admin, partitions, _admin.OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED),
        _ask(admin, partitions, latest, IsolationLevel.READ_COMMITTED),  # before the high watermark: never ahead of it
        _ask(admin, partitions, latest, IsolationLevel.READ_UNCOMMITTED),
    ]
    try:
        low, stable, high = ({p: f.result(timeout=TIMEOUT_S + 2).offset for p, f in one.items()} for one in asked)
    except KafkaException as error:
        raise unreachable(settings, error.args[0].str()) from None
    except TimeoutError:
        raise unreachable(settings, "no answer") from None
    return TopicState(topic, str(found.topic_id), low, high, stable)


def _client(settings: Settings) -> Any:
    return _admin.AdminClient({"bootstrap.servers": settings.bootstrap, "log_level": 0})


def _describe(settings: Settings, topics: list[str]) -> dict[str, Any]:
    """Description by name, of the topics that exist."""
    admin = _client(settings)  # it must outlive its futures
    futures = admin.describe_topics(TopicCollection(topics), request_timeout=TIMEOUT_S)
    found = {}
    for name, future in futures.items():
        try:
            found[name] = future.result(timeout=TIMEOUT_S + 2)
        except KafkaException as error:
            if error.args[0].name() != "UNKNOWN_TOPIC_OR_PART":
                raise unreachable(settings, error.args[0].str()) from None
        except TimeoutError:
            raise unreachable(settings, "no answer") from None
    return found


def _ask(admin: Any, partitions: list[TopicPartition], spec: Any, level: IsolationLevel) -> dict[int, Any]:
    """Futures by partition."""
    asked = dict.fromkeys(partitions, spec)
    futures = admin.list_offsets(asked, isolation_level=level, request_timeout=TIMEOUT_S)
    return {place.partition: future for place, future in futures.items()}
