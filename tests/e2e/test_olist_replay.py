"""The public Olist data set, replayed through the `ecom` command."""

import os
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from ecom.lake.trino import query
from tests.lake import assert_gold_equals_oracle, ecom, run_all

FOLDER = Path(os.environ.get("ECOM_OLIST_DIR", "../shared/data/olist"))


@pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no Olist data in {FOLDER}; set ECOM_OLIST_DIR to the CSV files' folder"
)
def test_the_olist_replay_equals_the_oracle(spark: SparkSession, lake: Settings) -> None:
    done = ecom(lake, "replay", "olist", str(FOLDER))
    assert done.returncode == 0, done.stderr
    run_all(spark, lake)
    expected = assert_gold_equals_oracle(lake)
    assert {currency for _, currency in expected.gold} == {"BRL"}
    total = query(lake, "select sum(gmv) from gold.fct_sales_minute").scalar()
    assert total == sum(row.gmv for row in expected.gold.values()) > 0
