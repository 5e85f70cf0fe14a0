"""The local stack: Kafka, S3 and Trino as supervised processes of one ECOM_HOME."""
