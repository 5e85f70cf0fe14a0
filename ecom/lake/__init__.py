"""The lake and what leads to it: table names, Delta logs, commit notes, S3, Kafka, Trino."""
