"""What the datasets `orders` and `payments` mean to us: sales are made of them (docs/numbers.md).

A status that no rule knows would be silently without effect: a contract maps its own words to ours, or to none by name
(`valueMap`).
"""

from ecom.contracts.model import NONE

ORDERS, PAYMENTS = "orders", "payments"
ORDER_STATUS = frozenset({"CREATED", "PAID", "SHIPPED", "DELIVERED", "CANCELLED"})
PAYMENT_STATUS = frozenset({"AUTHORIZED", "CAPTURED", "FAILED", "REFUNDED"})
# Dataset and column to the words that our rules count.
COUNTED = {(ORDERS, "status"): ORDER_STATUS, (PAYMENTS, "status"): PAYMENT_STATUS}
# Dataset to the columns that its numbers rest on.
COUNTED_COLUMNS = {
    ORDERS: ("order_id", "status", "currency", "total_amount"),
    PAYMENTS: ("order_id", "payment_id", "status", "currency", "amount"),
}
# Filled in where a contract gives no default.
DEFAULTS = {(PAYMENTS, "payment_id"): "synthetic:{event_id}"}


def unknown_words(dataset: str, column: str, outcomes: frozenset[str] | None) -> list[str] | None:
    """Words of a column that no rule counts; None: the column may hold any word, though our rules read it."""
    counted = COUNTED.get((dataset, column))
    if counted is None:
        return []
    return None if outcomes is None else sorted(outcomes - counted - {NONE})
