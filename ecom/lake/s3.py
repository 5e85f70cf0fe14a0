"""A client for the lake's bucket, bounded in time, and the lake's small objects read and written with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from ecom.base.errors import EcomError
from ecom.base.settings import Settings


def client(settings: Settings) -> Any:
    """A boto3 S3 client for the settings' endpoint and credentials; threads may share it."""
    return _client(settings.s3_endpoint, settings.aws_region, *(settings.s3_credentials() or (None, None)))


@cache
def _client(endpoint: str | None, region: str, key: str | None, secret: str | None) -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            connect_timeout=4,
            read_timeout=8,
            retries={"max_attempts": 1, "mode": "standard"},
            s3={"addressing_style": "path" if endpoint else "auto"},
        ),
    )


class Bucket:
    """Objects below LAKEHOUSE_URI, by their keys there. Raises EcomError when S3 does not answer."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._s3, self._bucket = settings, client(settings), settings.bucket
        prefix = urlsplit(settings.lakehouse_uri).path.strip("/")
        self._prefix = f"{prefix}/" if prefix else ""

    def below(self, key: str) -> str:
        """A key of the bucket as one below LAKEHOUSE_URI."""
        return key.removeprefix(self._prefix)

    def read(self, key: str) -> str | None:
        """None when it is not there."""
        with self._explained():
            body = self._body(key)
            return None if body is None else body.read().decode()

    def lines(self, key: str) -> Iterator[str]:
        """As far as they are asked for; none when the object is not there."""
        with self._explained():
            body = self._body(key)
            yield from () if body is None else (line.decode() for line in body.iter_lines())

    def write(self, key: str, text: str) -> None:
        with self._explained():
            self._s3.put_object(Bucket=self._bucket, Key=self._prefix + key, Body=text.encode())

    def delete(self, prefix: str) -> None:
        """Every object below it."""
        with self._explained():
            found = [{"Key": self._prefix + key} for key in self.keys(prefix)]
            for first in range(0, len(found), 1000):  # the protocol's most in one request
                self._s3.delete_objects(Bucket=self._bucket, Delete={"Objects": found[first : first + 1000]})

    def keys(self, prefix: str, after: str | None = None) -> Iterator[str]:
        """In order; those greater than `after`."""
        start = {"StartAfter": self._prefix + after} if after else {}
        with self._explained():
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix, **start
            )
            yield from (self.below(found["Key"]) for page in pages for found in page.get("Contents", ()))

    def _body(self, key: str) -> Any:
        from botocore.exceptions import ClientError

        try:
            return self._s3.get_object(Bucket=self._bucket, Key=self._prefix + key)["Body"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("NoSuchKey", "404"):
                return None
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError) as error:
            where = self._settings.s3_endpoint or "the cloud's own endpoint"
            what = " ".join(str(error).split()).rstrip(".")[:200]
            raise EcomError(f"S3 at {where} did not do what was asked ({what}); `ecom doctor` looks closer.") from None
