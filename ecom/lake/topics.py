"""The datasets' topics: made when the broker is ours, asked for when it is not."""

from collections.abc import Iterable

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.contracts.loader import load_datasets
from ecom.contracts.model import Contract

PARTITIONS = 3


def ensure_topics(
    settings: Settings, contracts: Iterable[Contract] | None = None, is_ours: bool | None = None
) -> list[str]:
    """Creates the datasets' missing topics (of all, unless said) on a broker that is ours (a local one, unless said);
    returns their names.

    Raises EcomError where it is somebody else's."""
    from ecom.lake.kafka import topic_ids

    chosen = load_datasets(settings).values() if contracts is None else contracts
    wanted = [contract.topic for contract in chosen]
    there = topic_ids(settings, wanted)
    missing = [topic for topic in wanted if topic not in there]
    if missing and not (settings.kafka_is_local if is_ours is None else is_ours):
        raise EcomError(
            f"Topic {missing[0]} is not on {settings.bootstrap}; create it: {_create_by_hand(settings, missing[0])}"
        )
    if missing:
        _create(settings, missing)
    return missing


def _create_by_hand(settings: Settings, topic: str) -> str:
    return f"kafka-topics.sh --bootstrap-server {settings.bootstrap} --create --topic {topic} --partitions {PARTITIONS}"


def _create(settings: Settings, topics: list[str]) -> None:
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient
    from confluent_kafka.cimpl import NewTopic

    admin = AdminClient({"bootstrap.servers": settings.bootstrap, "log_level": 0})
    for topic, future in admin.create_topics([NewTopic(t, PARTITIONS, 1) for t in topics], request_timeout=10).items():
        try:
            future.result(timeout=12)
        except KafkaException as error:
            if error.args[0].name() != "TOPIC_ALREADY_EXISTS":
                raise EcomError(
                    f"Topic {topic} could not be created on {settings.bootstrap}: {error.args[0].str()}."
                ) from None
