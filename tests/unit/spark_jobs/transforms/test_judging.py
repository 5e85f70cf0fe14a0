"""What an executor's Python has to have in order to judge."""

import subprocess
import sys

from ecom.base.settings import ROOT

HEAVY = ("pydantic", "boto3", "confluent_kafka", "trino", "yaml", "ecom.base.settings")


def test_an_executor_needs_none_of_what_settings_and_services_need() -> None:
    code = f"import sys, spark_jobs.transforms.judging; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
