"""Which payments of an order count, and why: as spark_jobs/derived/order_state.py adds them up."""

from ecom.explain.model import Payment, Place, State
from ecom.explain.rows import Row

COLUMNS = {"CAPTURED": "paid_amount", "REFUNDED": "refunded_amount"}
OTHER_CURRENCY = "in another currency"


def payments_of(rows: list[Row], state: State | None) -> list[Payment]:
    """Accepted payment events in the order in which they count."""
    seen: dict[str, Place] = {}
    # The date stands before the instant, which Trino has rounded to milliseconds.
    ordered = sorted(rows, key=lambda r: (r["event_date"], r["event_ts"], r["offset"], r["partition"]))
    return [_payment(row, state, seen) for row in ordered]


def _payment(row: Row, state: State | None, seen: dict[str, Place]) -> Payment:
    place = Place(row["topic"], row["partition"], row["offset"])
    first = seen.setdefault(row["event_id"], place)
    counts_as, why = _counts(row, state, first if first != place else None)
    names = ("event_id", "payment_id", "status", "amount", "currency", "method", "event_ts")
    return Payment(**{name: row[name] for name in names}, place=place, counts_as=counts_as, why=why)


def _counts(row: Row, state: State | None, first: Place | None) -> tuple[str | None, str]:
    """The state's column that the payment adds to, and why."""
    status, currency = row["status"], state.currency if state else None
    if first is not None:
        return None, f"its event_id came before, with another date, at {first}: each counts once"
    if status not in COLUMNS:
        return None, f"{status} moves no money"
    if currency is None:
        return None, "the order itself is not known yet, so neither is its currency"
    if row["currency"] != currency:
        return None, f"{OTHER_CURRENCY}: {row['currency']}, the order is in {currency}"
    return COLUMNS[status], f"{status}, in the order's currency"
