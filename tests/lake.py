"""What the end-to-end and fault tests do to a lake: empty it, send, run the jobs, look at what came out."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ecom.base.settings import ROOT, Settings, topic_setting
from ecom.contracts.loader import dataset_topics, load_datasets
from ecom.contracts.rules import Rule
from ecom.lake import tables
from ecom.lake.pending import derived_is_pending, silver_is_pending
from ecom.lake.s3 import Bucket
from ecom.lake.tables import Table
from ecom.lake.trino import query
from ecom.trust.received import received_at
from generator.jsonl import Record
from generator.message import Message
from generator.run import at_rate, send, to_records
from oracle import Oracle, compare, gold_from_kafka
from spark_jobs import bronze_stream, derive, silver
from spark_jobs.derived.order_state import DERIVED
from spark_jobs.registry import lake_of
from tests.dbt import build_gold

PROCESSING_TIMES = ("ingest_ts", "quarantined_ts", "duplicate_ts", "updated_ts", "started_ts", "finished_ts")
IN_THE_FUTURE = str(Rule.IN_THE_FUTURE)
RUN_OF_ITS_OWN = ("batch_id", "checkpoint_id", "contract_version")
GOLD = "select minute_bucket, currency, gmv, refunded_amount, net_sales, paid_orders from gold.fct_sales_minute"


def fresh(stack: Settings) -> Settings:
    """An empty lake, and topics of other names than before."""
    empty_lake(stack)
    name = uuid.uuid4().hex[:8]
    return stack.model_copy(update={"topics": {one: f"{one}.{name}" for one in load_datasets(stack)}})


def empty_lake(settings: Settings) -> None:
    """Drop what Trino knows, then every object: the metastore's entries lie in the bucket too."""
    from ecom.lake.s3 import client

    s3 = client(settings)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=settings.bucket)
    for page in pages:
        keys = [{"Key": found["Key"]} for found in page.get("Contents", ())]
        if keys:
            s3.delete_objects(Bucket=settings.bucket, Delete={"Objects": keys})
    query(settings, "call delta.system.flush_metadata_cache()")


def produce(settings: Settings, messages: Iterable[Message]) -> None:
    """Send them all, for real; the topics are made first."""
    from ecom.lake.topics import ensure_topics

    ensure_topics(settings)
    send(settings, at_rate(to_records(messages, dataset_topics(settings)), None), datetime.now(UTC))


def produce_records(settings: Settings, records: Iterable[Record]) -> None:
    from ecom.lake.topics import ensure_topics

    ensure_topics(settings)
    send(settings, at_rate(records, None), datetime.now(UTC))


def run_jobs(spark: SparkSession, settings: Settings) -> None:
    """Bronze, Silver and what is derived, to the end of what is there."""
    bronze_stream.run(spark, settings)
    run_silver(spark, settings)
    run_derived(spark, settings)


def run_silver(spark: SparkSession, settings: Settings, *datasets: str) -> None:
    """Of these datasets, or of all."""
    contracts = load_datasets(settings)
    silver.run(spark, settings, *(contracts[name] for name in datasets or contracts))


def run_derived(spark: SparkSession, settings: Settings, rebuild: bool = False) -> None:
    """The order state."""
    (derive.rebuild if rebuild else derive.run)(spark, settings, DERIVED, load_datasets(settings))


def publish_tables(settings: Settings) -> None:
    """Trino learns of the tables and views."""
    from ecom.pipeline import publish_lake

    publish_lake(settings)


def clean_table(settings: Settings, dataset: str) -> Table:
    return tables.clean(load_datasets(settings)[dataset])


def all_tables(settings: Settings) -> list[Table]:
    return lake_of(load_datasets(settings)).tables


def pending(settings: Settings) -> set[str]:
    """The jobs of Silver that have something to do."""
    contracts = load_datasets(settings)
    found = {f"silver_{name}" for name, contract in contracts.items() if silver_is_pending(settings, contract)}
    is_pending = derived_is_pending(settings, DERIVED.table, DERIVED.sources(contracts))
    return found | ({DERIVED.job} if is_pending else set())


def run_all(spark: SparkSession, settings: Settings) -> None:
    """The jobs, then Gold as `ecom run gold` builds it."""
    run_jobs(spark, settings)
    publish_tables(settings)
    build_gold(settings)


def assert_gold_equals_oracle(settings: Settings) -> Oracle:
    expected = gold_from_kafka(settings, received_at(settings))
    assert expected.gold, "the oracle has no rows: the test shows nothing"
    assert compare(query(settings, GOLD).rows, expected) == []
    return expected


def verdicts(settings: Settings) -> dict[tuple[str, int, int], tuple[str, frozenset[tuple[str, str]]]]:
    """What Silver says of each offset: (topic, partition, offset) to verdict and its (field, rule) reasons."""
    found: dict[tuple[str, int, int], tuple[str, frozenset[tuple[str, str]]]] = {}
    for verdict, table in (("clean", "{}_clean"), ("duplicate", "{}_duplicates"), ("quarantined", "{}_quarantine")):
        for subject in load_datasets(settings):
            reasons = "transform(reasons, r -> r.field || '|' || r.rule)" if verdict == "quarantined" else "array[]"
            name = f"silver.{table.format(subject)}"
            for topic, partition, offset, why in query(
                settings, f'select topic, "partition", "offset", {reasons} from {name}'
            ).rows:
                place = (topic, partition, offset)
                assert place not in found, f"{place} has two verdicts"
                found[place] = (verdict, frozenset((r.split("|")[0], r.split("|")[1]) for r in why))
    return found


def verdicts_by_spark(
    spark: SparkSession, settings: Settings
) -> dict[tuple[str, int, int], tuple[str, frozenset[tuple[str, str]]]]:
    """As `verdicts`, read past Trino, for tables that it was not told of."""
    found: dict[tuple[str, int, int], tuple[str, frozenset[tuple[str, str]]]] = {}
    for contract in load_datasets(settings).values():
        for verdict, table in tables.verdicts(contract).items():
            for row in spark.read.format("delta").load(table.path(settings)).collect():
                place = (row["topic"], row["partition"], row["offset"])
                assert place not in found, f"{place} has two verdicts"
                reasons = row["reasons"] if verdict == "quarantined" else []
                found[place] = (verdict, frozenset((r["field"], r["rule"]) for r in reasons))
    return found


def copy_checkpoint(settings: Settings, job: str) -> dict[str, bytes]:
    """Every object of a job's checkpoints, by key."""
    from ecom.lake.s3 import client

    s3, prefix = client(settings), f"_checkpoints/{job}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=settings.bucket, Prefix=prefix)
    keys = [found["Key"] for page in pages for found in page.get("Contents", ())]
    assert keys, f"{job} has no checkpoint under {prefix}"
    return {key: s3.get_object(Bucket=settings.bucket, Key=key)["Body"].read() for key in keys}


def delete_checkpoint(settings: Settings, job: str, part: str = "") -> int:
    """All of it, or the files below `part`, or the file of that name; how many those were."""
    bucket = Bucket(settings)
    keys = [
        key
        for key in bucket.keys(f"_checkpoints/{job}/")
        if (within := key.split("/", 3)[3]) == part or not part or (part.endswith("/") and within.startswith(part))
    ]
    for key in keys:
        bucket.delete(key)
    return len(keys)


def put_back(settings: Settings, job: str, copy: dict[str, bytes]) -> None:
    from ecom.lake.s3 import client

    delete_checkpoint(settings, job)
    for key, body in copy.items():
        client(settings).put_object(Bucket=settings.bucket, Key=key, Body=body)


def snapshot(spark: SparkSession, settings: Settings) -> dict[str, list[Any]]:
    """Every row of every table that Spark writes, without processing times, sorted: two runs must give the same."""
    found = {}
    for table in all_tables(settings):
        rows = _stable(spark.read.format("delta").load(table.path(settings)))
        found[f"{table.schema}.{table.name}"] = sorted((row.asDict(True) for row in rows.collect()), key=repr)
    return found


def _stable(rows: DataFrame) -> DataFrame:
    """Without what another run gives anew; of an event in the future, the reason names the time of receipt."""
    if "reasons" in rows.columns:
        rows = rows.withColumn("reasons", F.transform("reasons", _without_clock))
    return rows.drop(*PROCESSING_TIMES, *RUN_OF_ITS_OWN)


def _without_clock(reason: Column) -> Column:
    return reason.withField("found", F.when(reason["rule"] != IN_THE_FUTURE, reason["found"]))


def environment_of(settings: Settings) -> dict[str, str]:
    """For a command in a process of its own that is to use the test's stack, lake and topics."""
    ours = {
        "ECOM_HOME": str(settings.ecom_home),
        "ECOM_PORT_BASE": str(settings.ecom_port_base),
        "ECOM_CONTRACTS": str(settings.ecom_contracts),
    }
    return dict(os.environ) | ours | {topic_setting(name): topic for name, topic in settings.topics.items()}


def ecom(
    settings: Settings, *arguments: str, timeout: float = 120, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The `ecom` command, as a user's shell runs it."""
    return subprocess.run(
        [sys.executable, "-m", "ecom", *arguments],
        cwd=ROOT,
        env=environment_of(settings) | (environment or {}),
        capture_output=True,
        text=True,
        timeout=timeout,
    )
