"""One writer at a time."""

from pathlib import Path

import pytest

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from spark_jobs.job import one_writer, refuse_second


def settings(home: Path, lake: str = "s3://lake") -> Settings:
    return Settings(ecom_home=home, lakehouse_uri=lake)


def test_a_second_run_of_a_job_on_the_same_lake_is_refused(tmp_path: Path) -> None:
    with one_writer(settings(tmp_path), "bronze_stream"):
        with pytest.raises(EcomError, match="Another run of bronze_stream is writing s3://lake; wait for it to end"):
            refuse_second(settings(tmp_path), "bronze_stream")
        refuse_second(settings(tmp_path), "silver_orders")
        refuse_second(settings(tmp_path, "s3://another"), "bronze_stream")
    refuse_second(settings(tmp_path), "bronze_stream")


def test_who_holds_the_lock_may_say_what_the_refused_reads(tmp_path: Path) -> None:
    with (
        one_writer(settings(tmp_path), "bronze_stream", "The resident streams are at work."),
        pytest.raises(EcomError, match=r"^The resident streams are at work\.$"),
    ):
        refuse_second(settings(tmp_path), "bronze_stream")


def test_a_later_holder_does_not_inherit_the_words_of_the_one_before(tmp_path: Path) -> None:
    with one_writer(settings(tmp_path), "a", "old words"):
        pass
    with one_writer(settings(tmp_path), "a"), pytest.raises(EcomError, match="Another run of a"):
        refuse_second(settings(tmp_path), "a")
