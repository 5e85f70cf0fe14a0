"""Order events, Bronze to Silver.

spark-submit spark_jobs/silver_orders.py
"""

from pyspark.sql import SparkSession

from ecom.base.settings import Settings
from spark_jobs import silver
from spark_jobs.job import main


def run(spark: SparkSession, settings: Settings) -> None:
    """Judge the order events that Bronze holds now."""
    silver.run(spark, settings, "orders")


if __name__ == "__main__":
    main("silver_orders", run)
