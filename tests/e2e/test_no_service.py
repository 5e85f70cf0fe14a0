"""Nothing there, or no way in: one sentence within 15 seconds, with what was tried, where, and what to check."""

import time

import pytest

from ecom.base.settings import Settings
from tests.lake import ecom

NOWHERE = "127.0.0.1:9"  # the discard port: nothing listens there


@pytest.mark.parametrize(
    ("arguments", "environment", "says"),
    [
        (["run", "bronze"], {"KAFKA_BOOTSTRAP": NOWHERE}, "Kafka at 127.0.0.1:9"),
        (["produce", "--orders", "1"], {"KAFKA_BOOTSTRAP": NOWHERE}, "Kafka at 127.0.0.1:9"),
        (["account"], {"KAFKA_BOOTSTRAP": NOWHERE}, "Kafka at 127.0.0.1:9"),
        (["run", "silver"], {"AWS_ENDPOINT_URL_S3": f"http://{NOWHERE}", "AWS_ACCESS_KEY_ID": "k",
                             "AWS_SECRET_ACCESS_KEY": "s"}, f"S3 at http://{NOWHERE}"),
        (["sql", "select 1"], {"TRINO_HOST": "127.0.0.1", "TRINO_PORT": "9"}, "Trino at 127.0.0.1:9"),
        (["run", "gold"], {"TRINO_HOST": "127.0.0.1", "TRINO_PORT": "9"}, "Trino at 127.0.0.1:9"),
    ],
)  # fmt: skip
def test_a_service_that_is_not_there(
    arguments: list[str], environment: dict[str, str], says: str, stack: Settings
) -> None:
    one_sentence(stack, arguments, environment, says)


def test_a_bucket_that_is_not_there(stack: Settings) -> None:
    key, secret = stack.s3_credentials() or ("", "")
    environment = {"AWS_ENDPOINT_URL_S3": str(stack.s3_endpoint), "AWS_ACCESS_KEY_ID": key,
                   "AWS_SECRET_ACCESS_KEY": secret, "LAKEHOUSE_URI": "s3://nowhere"}  # fmt: skip
    one_sentence(stack, ["run", "silver"], environment, "Bucket nowhere")


def test_wrong_credentials(stack: Settings) -> None:
    environment = {"AWS_ENDPOINT_URL_S3": str(stack.s3_endpoint), "AWS_ACCESS_KEY_ID": "wrong",
                   "AWS_SECRET_ACCESS_KEY": "not-the-secret"}  # fmt: skip
    one_sentence(stack, ["run", "silver"], environment, "refuses access")


def test_a_topic_that_is_not_on_a_broker_of_ones_own(stack: Settings) -> None:
    environment = {"KAFKA_BOOTSTRAP": stack.bootstrap, "TOPIC_ORDER_EVENTS": "not.there"}
    one_sentence(stack, ["run", "bronze"], environment, "kafka-topics.sh")


def one_sentence(stack: Settings, arguments: list[str], environment: dict[str, str], says: str) -> None:
    started = time.monotonic()
    done = ecom(stack, *arguments, timeout=60, environment=environment)
    took = time.monotonic() - started
    assert done.returncode not in (0, 1), done.stdout
    sentence = done.stderr.strip().splitlines()[-1]
    assert says in sentence
    assert "Traceback" not in done.stderr
    assert took < 15, f"{took:.1f} s"
