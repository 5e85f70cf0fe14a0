"""A client for the lake's bucket, bounded in time."""

from typing import Any

from ecom.settings import Settings


def client(settings: Settings) -> Any:
    """A boto3 S3 client for the settings' endpoint and credentials."""
    import boto3
    from botocore.config import Config

    key, secret = settings.s3_credentials() or (None, None)
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint,
        region_name=settings.aws_region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            connect_timeout=4,
            read_timeout=8,
            retries={"max_attempts": 1, "mode": "standard"},
            s3={"addressing_style": "path" if settings.s3_endpoint else "auto"},
        ),
    )
