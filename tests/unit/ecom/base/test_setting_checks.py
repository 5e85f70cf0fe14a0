"""What a setting's value may look like."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from ecom.base.setting_checks import cron, email_addresses, secret_web_url, spark_master, web_url

GOOD: list[tuple[Callable[[str], str], str]] = [
    (cron, "*/5 * * * *"),
    (cron, "30 3 * * 1-5"),
    (spark_master, "local"),
    (spark_master, "local[*]"),
    (spark_master, "local[2]"),
    (spark_master, "spark://10.0.0.1:7077"),
    (spark_master, "spark://a:7077,b:7077"),
    (spark_master, "k8s://https://cluster:6443"),
    (spark_master, "yarn"),
    (email_addresses, "finance@example.com"),
    (email_addresses, "a@example.com, b@example.com"),
    (web_url, "https://s3.eu-central-1.amazonaws.com"),
    (web_url, "http://127.0.0.1:9000"),
]
BAD: list[tuple[Callable[[str], str], str, str]] = [
    (cron, "every five minutes", "five fields"),
    (cron, "* * * * * *", "five fields"),
    (cron, "61 * * * *", "five fields"),
    (cron, "@daily", "five fields"),
    (spark_master, "locally", "must be local"),
    (spark_master, "spark://host", "must be local"),
    (spark_master, "local[]", "must be local"),
    (email_addresses, "finance", "must be one address"),
    (email_addresses, "a@example.com,", "must be one address"),
    (email_addresses, "a b@example.com", "must be one address"),
    (web_url, "127.0.0.1:9000", "must be a URL"),
    (web_url, "ftp://host", "must be a URL"),
    (web_url, "http://", "must be a URL"),
]


@pytest.mark.parametrize(("check", "value"), GOOD)
def test_a_value_that_can_be_right_comes_back_as_it_was(check: Callable[[str], str], value: str) -> None:
    assert check(value) == value


@pytest.mark.parametrize(("check", "value", "why"), BAD)
def test_a_value_that_cannot_be_right_is_refused_with_how_it_should_look(
    check: Callable[[str], str], value: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        check(value)


def test_a_secret_url_is_checked_and_not_shown() -> None:
    hook = SecretStr("https://hooks.slack.com/services/T0/B0/secret")
    assert secret_web_url(hook) is hook
    with pytest.raises(ValueError, match="must be a URL") as error:
        secret_web_url(SecretStr("not-a-url-secret"))
    assert "not-a-url-secret" not in str(error.value)
