"""Messages of another shape: camelCase in an envelope, minor units, epoch milliseconds. Only the contracts differ."""

from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from ecom.base.settings import ROOT, Settings
from ecom.trust.verify import verify
from generator.envelope import to_envelope
from generator.stream import generate
from tests.lake import assert_gold_equals_oracle, produce, run_all, verdicts


def test_another_shape_needs_only_another_contracts_folder(spark: SparkSession, lake: Settings) -> None:
    shaped = lake.model_copy(update={"ecom_contracts": ROOT / "tests" / "contract" / "shapes"})
    start = datetime.now(UTC) - timedelta(days=10)
    produce(shaped, to_envelope(generate(300, 21, start, timedelta(hours=2))))
    run_all(spark, shaped)
    expected = assert_gold_equals_oracle(shaped)
    found = verdicts(shaped)
    assert found == {place: (v.kind, v.reasons) for place, v in expected.verdicts.items()}
    assert sum(kind == "clean" for kind, _ in found.values()) > 500
    assert verify(spark, shaped).is_clean
