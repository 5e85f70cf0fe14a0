"""The whole path once more, as commands, under another `TZ`."""

import json

import pytest

from ecom.base.settings import Settings
from tests.lake import assert_gold_equals_oracle, ecom

AWAY = {"TZ": "Asia/Kathmandu"}  # +05:45: an hour's cut, a day's and a minute's would all show


@pytest.mark.nightly  # CI has its short form: the demo under another zone
def test_another_time_zone_changes_no_number(lake: Settings) -> None:
    for arguments in (["produce", "--orders", "200", "--seed", "41", "--late", "0.2"], ["run", "all"]):
        done = ecom(lake, *arguments, timeout=400, environment=AWAY)
        assert done.returncode == 0, done.stderr
    expected = assert_gold_equals_oracle(lake)
    done = ecom(
        lake,
        "sql",
        "--format",
        "json",
        "select minute_bucket, gmv from gold.fct_sales_minute limit 1",
        environment=AWAY,
    )
    row = json.loads(done.stdout)[0]
    assert row["minute_bucket"].endswith(("Z", "+00:00")) and isinstance(row["gmv"], str)
    done = ecom(lake, "verify", "--json", timeout=240, environment=AWAY)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["ok"] and found["comparisons"][1]["rows"] == len(expected.gold)
