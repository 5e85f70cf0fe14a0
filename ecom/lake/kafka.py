"""What the jobs and commands ask the broker: offsets and topic ids. Every call is bounded in time."""

from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from ecom.base.errors import EcomError
from ecom.base.settings import Settings

TIMEOUT_S = 8


@dataclass(frozen=True)
class TopicState:
    """`low` and `high` by partition: the first offset that is still there, and the one after the last."""

    name: str
    id: str
    low: dict[int, int]
    high: dict[int, int]


def unreachable(settings: Settings, cause: object) -> EcomError:
    return EcomError(
        f"Kafka at {settings.bootstrap} did not answer within {TIMEOUT_S} s ({cause}); "
        "start the local one with `ecom up`, or check KAFKA_BOOTSTRAP."
    )


def topic_ids(settings: Settings, topics: list[str]) -> dict[str, str]:
    """The broker's id of each topic that exists; a topic that is deleted and made again has another."""
    admin = AdminClient({"bootstrap.servers": settings.bootstrap, "log_level": 0})
    futures = admin.describe_topics(TopicCollection(topics), request_timeout=TIMEOUT_S)
    found = {}
    for name, future in futures.items():
        try:
            found[name] = str(future.result(timeout=TIMEOUT_S + 2).topic_id)
        except KafkaException as error:
            if error.args[0].name() != "UNKNOWN_TOPIC_OR_PART":
                raise unreachable(settings, error.args[0].str()) from None
        except TimeoutError:
            raise unreachable(settings, "no answer") from None
    return found


def topic_state(settings: Settings, topic: str) -> TopicState:
    """Id and offsets of a topic. Raises EcomError when the broker or the topic is not there."""
    ids = topic_ids(settings, [topic])
    if topic not in ids:
        raise EcomError(f"Topic {topic} is not on the broker {settings.bootstrap}; create it, then run again.")
    consumer = Consumer({"bootstrap.servers": settings.bootstrap, "group.id": "ecom-offsets", "log_level": 0})
    try:
        partitions = sorted(consumer.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions)
        marks = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=TIMEOUT_S) for p in partitions}
    except KafkaException as error:
        raise unreachable(settings, error.args[0].str()) from None
    finally:
        consumer.close()
    return TopicState(topic, ids[topic], {p: m[0] for p, m in marks.items()}, {p: m[1] for p, m in marks.items()})
