"""An order's life as sentences: the same in the terminal and on the page."""

from datetime import UTC, datetime
from decimal import Decimal

from ecom.base.sql_text import one_line
from ecom.contracts.currencies import MINOR_DIGITS
from ecom.contracts.money import MINUS, places, signed
from ecom.explain.model import Event, Payment, Sales, State, Verdict

WHAT = {"orders": "order", "payments": "payment"}
FOUND_CHARS = 80


def money(amount: Decimal | None, currency: str | None) -> str:
    """With the currency's own digits, and with more only where the amount has them: 12.50 USD, 1,250 JPY."""
    if amount is None:
        return "-"
    shown = signed(amount, places(amount, MINOR_DIGITS.get(currency or "", 0))).replace(MINUS, "-")
    return f"{shown} {currency or ''}".rstrip()


def clock(at: datetime | None) -> str:
    """UTC, to the millisecond."""
    return "-" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def title(event: Event) -> str:
    """`payment CAPTURED 12.50 USD`; of a record that was not accepted, only what kind it is."""
    content = f" {event.status} {money(event.amount, event.currency)}" if event.status else ""
    return f"{WHAT.get(event.subject, event.subject)}{content}"


def because(event: Event) -> list[str]:
    """Why the verdict is what it is; the first copy, every reason, and what else is odd."""
    lines = [f"the first copy is at {event.first_copy}"] if event.first_copy else []
    for reason in event.reasons:
        found = "" if reason.found is None else f": {_short(reason.found)}"
        lines.append(f"{reason.field} {reason.rule}{found}")
    if event.verdict is Verdict.WAITING:
        lines.append("in Bronze, not judged yet")
    return lines + ([event.note] if event.note else [])


def payment_sentence(payment: Payment) -> str:
    counts = f"adds to {payment.counts_as}" if payment.counts_as else "does not count"
    return f"{counts}: {payment.why}"


def state_lines(state: State) -> list[tuple[str, str]]:
    """Name and value of what the order state says."""
    if state.order_ts is None:
        known = [("order", "not known: only payments came")]
    else:
        paid = "fully paid" if state.fully_paid else "not fully paid"
        known = [
            ("status", f"{state.status}, {paid}"),
            ("total", money(state.total_amount, state.currency)),
            ("placed", f"{clock(state.order_ts)} UTC"),
        ]
    sums = [
        ("paid", money(state.paid_amount, state.currency)),
        ("refunded", money(state.refunded_amount, state.currency)),
    ]
    other = [("in other currencies", f"{state.other_currency_payments}")] if state.other_currency_payments else []
    return [
        *known,
        *sums,
        *other,
        ("accepted events", f"{state.event_count}"),
        ("updated", f"{clock(state.updated_ts)} UTC"),
    ]


def sales_lines(sales: Sales) -> list[str]:
    """Where it counts, that minute's figures, and why."""
    place = f"{minute(sales.minute_bucket)}, {sales.currency}" if sales.minute_bucket else None
    if sales.counts and sales.minute:
        m = sales.minute
        figures = (
            f"gmv {money(m.gmv, m.currency)}, refunded {money(m.refunded_amount, m.currency)}, "
            f"net sales {money(m.net_sales, m.currency)}, {m.paid_orders} paid order{'s' if m.paid_orders != 1 else ''}"
        )
        return [f"Counts in the minute {place}: {sentence(sales.why)}", f"That minute: {figures}."]
    if sales.counts is None:
        return [f"Whether it counts is not known: {sentence(sales.why)}"]
    meant = f" It belongs into {place}." if sales.should_count else ""
    return [f"Counts in no minute: {sentence(sales.why)}{meant}"]


def sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _short(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= FOUND_CHARS else f"{shown[:FOUND_CHARS]}…"


def unknown(order_id: str) -> str:
    shown = _short(order_id)
    return (
        f"Nothing in the lake knows order {shown!r}: no event, accepted or not, names it or has it for its Kafka key; "
        "check the id, or type `ecom run all` if its events were sent only just now."
    )
