"""Small objects of the lake, below the prefix of LAKEHOUSE_URI, and what fails as a sentence."""
# ruff: noqa: N803  # boto3 names its arguments so

from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake import s3
from ecom.lake.s3 import Bucket


class Body(BytesIO):
    def iter_lines(self) -> list[bytes]:
        return self.getvalue().splitlines()


class Client:
    """boto3's client, in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.deleted: list[int] = []
        self.error: Exception | None = None

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        if self.error:
            raise self.error
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": Body(self.objects[Key])}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:
        self.objects[Key] = Body

    def delete_objects(self, Bucket: str, Delete: dict[str, list[dict[str, str]]]) -> None:
        self.deleted.append(len(Delete["Objects"]))
        for one in Delete["Objects"]:
            del self.objects[one["Key"]]

    def get_paginator(self, name: str) -> "Client":
        return self

    def paginate(self, Bucket: str, Prefix: str, StartAfter: str = "") -> list[dict[str, Any]]:
        found = [key for key in sorted(self.objects) if key.startswith(Prefix) and key > StartAfter]
        return [{"Contents": [{"Key": key} for key in found]}, {}]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    found = Client()
    monkeypatch.setattr(s3, "client", lambda settings: found)
    return found


@pytest.fixture
def bucket(client: Client) -> Bucket:
    return Bucket(Settings(lakehouse_uri="s3://bucket/lake"))


def test_keys_are_those_below_the_lake_s_prefix(bucket: Bucket, client: Client) -> None:
    bucket.write("a/1", "one")
    assert client.objects == {"lake/a/1": b"one"}
    assert bucket.read("a/1") == "one" and list(bucket.keys("a/")) == ["a/1"]
    assert bucket.below("lake/a/1") == "a/1"


def test_a_lake_at_the_bucket_s_top_has_no_prefix(client: Client) -> None:
    Bucket(Settings(lakehouse_uri="s3://bucket")).write("a", "x")
    assert list(client.objects) == ["a"]


def test_what_is_not_there_is_none_and_has_no_lines(bucket: Bucket) -> None:
    assert bucket.read("nothing") is None
    assert list(bucket.lines("nothing")) == []


def test_lines_come_as_text(bucket: Bucket) -> None:
    bucket.write("a", "one\nzwei ü\n")
    assert list(bucket.lines("a")) == ["one", "zwei ü"]


def test_keys_after_one_leave_it_out(bucket: Bucket) -> None:
    for key in ("a/1", "a/2", "a/3", "b/1"):
        bucket.write(key, "")
    assert list(bucket.keys("a/", after="a/1")) == ["a/2", "a/3"]


def test_many_objects_are_deleted_by_the_thousand(bucket: Bucket, client: Client) -> None:
    client.objects = {f"lake/a/{n:05d}": b"" for n in range(2_001)} | {"lake/b": b""}
    bucket.delete("a/")
    assert client.deleted == [1_000, 1_000, 1] and list(client.objects) == ["lake/b"]


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject"),
    ],
)
def test_what_s3_refuses_is_a_sentence(bucket: Bucket, client: Client, error: Exception) -> None:
    client.error = error
    with pytest.raises(EcomError, match=r"S3 at .* did not do what was asked \(.*\); `ecom doctor` looks closer\."):
        bucket.read("a")
