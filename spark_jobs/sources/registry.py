"""Which source a dataset comes from."""

from ecom.base.settings import Settings
from ecom.contracts.model import Contract
from spark_jobs.sources import Source
from spark_jobs.sources.kafka import KafkaSource


def source_of(settings: Settings, contract: Contract) -> Source:
    """The source that the contract's server names."""
    return KafkaSource(settings, contract.topic)
