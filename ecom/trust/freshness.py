"""How fresh each layer is: when rows of it were last written, from the tables' logs, and how far Bronze is behind."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from ecom.base.errors import EcomError
from ecom.base.settings import Settings
from ecom.lake import tables
from ecom.lake.delta_log import DeltaLog
from ecom.lake.s3 import Bucket


@dataclass(frozen=True)
class Layer:
    """`written` is None when the layer has no rows; `behind` counts offsets, of Bronze only, None: not known."""

    name: str
    written: datetime | None
    behind: int | None = None


def layers(settings: Settings) -> list[Layer]:
    """Bronze, Silver and Gold. Raises EcomError when S3 does not answer."""
    bucket = Bucket(settings)
    of_layer = {
        "bronze": [str(tables.raw(subject)) for subject in tables.SUBJECTS],
        "silver": [str(tables.ORDER_STATE)],
        "gold": ["gold.fct_sales_minute"],
    }
    with ThreadPoolExecutor(max_workers=4) as pool:
        written = {layer: list(pool.map(lambda t: _written(settings, t, bucket), of)) for layer, of in of_layer.items()}
    newest = {layer: max((at for at in of if at), default=None) for layer, of in written.items()}
    return [Layer(name, at, _behind(settings) if name == "bronze" else None) for name, at in newest.items()]


def _written(settings: Settings, table: str, bucket: Bucket) -> datetime | None:
    change = DeltaLog(settings, table, bucket).last_data_change
    return change.at if change else None


def _behind(settings: Settings) -> int | None:
    from ecom.trust.watch import behind, sample

    try:
        return behind(sample(settings))
    except EcomError:
        return None  # Kafka's own line says that it does not answer
