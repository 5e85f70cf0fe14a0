"""What transactions do to the lag: a marker is nothing that waits, an open transaction is."""

from datetime import UTC, datetime

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from ecom.trust.freshness import layers
from ecom.trust.watch import behind, held_back, sample
from spark_jobs import bronze_stream
from tests.e2e.test_account_kafka import _transaction
from tests.lake import run_derived, run_silver


def test_a_marker_is_no_lag_and_an_open_transaction_is_told(spark: SparkSession, lake: Settings) -> None:
    topics = list(lake.topics.values())
    admin = AdminClient({"bootstrap.servers": lake.bootstrap})
    for made in admin.create_topics([NewTopic(topic, 1, 1) for topic in topics]).values():
        made.result(30)
    orders = lake.topics["orders"]
    _transaction(lake, orders, 3, commit=True)  # 0-2, marker 3
    began = datetime.now(UTC)
    bronze_stream.run(spark, lake)
    _transaction(lake, orders, 2, commit=False)  # 4-5, marker 6: nothing of it can ever be read
    bronze_stream.run(spark, lake)
    run_silver(spark, lake)
    run_derived(spark, lake)
    assert (behind(sample(lake)), held_back(sample(lake))) == (0, 0)
    at_rest = layers(lake)
    assert (at_rest.bronze.behind, at_rest.silver.since, at_rest.silver.behind) == (0, None, 0)
    assert at_rest.bronze.written and at_rest.bronze.written >= began

    is_open = _transaction(lake, orders, 4, commit=None)  # 7-10
    bronze_stream.run(spark, lake)
    assert (behind(sample(lake)), held_back(sample(lake))) == (4, 4)
    assert (layers(lake).bronze.behind, layers(lake).bronze.held_back) == (4, 4)
    is_open.commit_transaction(30)
    assert (behind(sample(lake)), held_back(sample(lake))) == (5, 0)  # its marker too, until Bronze went past it

    bronze_stream.run(spark, lake)
    waits = layers(lake)
    assert (waits.bronze.behind, waits.silver.behind) == (0, 4) and waits.silver.since
