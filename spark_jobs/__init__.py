"""Spark jobs: Kafka to Bronze, Bronze to Silver, Silver to the order state. Each job is a plain file for `spark-submit`."""
