"""The rows that Trino returned about one order id, by column name, before anything is concluded from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class SalesMinute:
    """A row of Gold."""

    minute_bucket: datetime
    currency: str
    gmv: Decimal
    refunded_amount: Decimal
    net_sales: Decimal
    paid_orders: int


@dataclass(frozen=True)
class Gold:
    """How far Gold was built, and what it holds of the order.

    `version` is that of order_state from which it was last built, `current_version` what order_state stands at.
    `seen` is the order's row at `version` (None: it had none), unless `seen_is_known` is False: that version can no
    longer be read. `minute` is Gold's row of the minute and currency of `seen`.
    """

    version: int
    current_version: int
    seen: Row | None
    seen_is_known: bool
    minute: SalesMinute | None


@dataclass(frozen=True)
class Rows:
    """`judged`: accepted and quarantined records; `bronze`: records by their Kafka key, or by the place of one that
    was judged; `waiting`: records in Bronze that Silver has not judged. `gold` is None where it was never built.
    `cut`: there is more than is looked at."""

    judged: list[Row]
    duplicates: list[Row]
    bronze: list[Row]
    waiting: list[Row]
    state: Row | None
    gold: Gold | None
    cut: bool = False
