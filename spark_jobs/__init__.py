"""Spark jobs: Kafka to Bronze, to Silver, to the order state. Each job is a plain file for `spark-submit`."""
